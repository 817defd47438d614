package tunnel

import (
	"context"
	"fmt"
	"time"
)

// within is ctx, ended after d at the latest; zero or less is no limit.
//
// context.WithTimeout cannot be asked where ctx has a deadline but no Done
// channel: it would leave the deadline to ctx, which never tells. Such a
// context stays one without a channel, and costs no timer.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	switch {
	case d <= 0:
		return ctx, func() {}
	case ctx.Done() != nil:
		return context.WithTimeout(ctx, d)
	}
	until := time.Now().Add(d)
	if own, ok := ctx.Deadline(); ok && own.Before(until) {
		return ctx, func() {}
	}
	return &deadlineOnly{ctx, until}, func() {}
}

// deadlineOnly is a context without a Done channel that has a deadline.
type deadlineOnly struct {
	context.Context
	deadline time.Time
}

func (c *deadlineOnly) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *deadlineOnly) Err() error {
	if !time.Now().Before(c.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// withDone is ctx with a Done channel where it has a deadline, for functions
// that look at nothing else.
func withDone(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || ctx.Done() != nil {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline)
}

// endOf is why ctx has ended, with its cause, or nil. The deadline of one
// without a Done channel counts by the clock.
func endOf(ctx context.Context) error {
	err := ctx.Err()
	if deadline, ok := ctx.Deadline(); err == nil && ok && !time.Now().Before(deadline) {
		err = context.DeadlineExceeded
	}
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && cause != err {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
