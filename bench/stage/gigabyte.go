//go:build linux

package stage

import (
	"context"
	"fmt"

	"github.com/gohttpx/httpx/bench/trial"
)

// MoveGigabyte downloads and uploads so many bytes through a Client, each in a
// process of its own.
func MoveGigabyte(ctx context.Context, bytes int64) (download, upload *trial.Transfer, err error) {
	server, err := StartLarge()
	if err != nil {
		return nil, nil, err
	}
	defer server.Stop()
	var moved [2]trial.Transfer
	for i := range moved {
		spec := trial.GigabyteSpec{Address: server.Address(1), Bytes: bytes, Upload: i == 1}
		if err := play(ctx, &moved[i], 0, nil, roleGigabyte, &spec); err != nil {
			return nil, nil, fmt.Errorf("moving %d bytes: %w", bytes, err)
		}
	}
	return &moved[0], &moved[1], nil
}
