package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// A browser speaks WebSocket itself, and lets nobody see the connection.
func newWSCommand(*terminal) *cobra.Command {
	return &cobra.Command{
		Use:    "ws URL",
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("ws: not available here: the browser has WebSockets of its own")
		},
	}
}
