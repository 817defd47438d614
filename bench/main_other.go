//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: this needs Linux: epoll, a core for each process, /proc")
	os.Exit(1)
}
