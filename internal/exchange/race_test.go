//go:build race

package exchange_test

// raceEnabled says whether the race detector watches.
const raceEnabled = true
