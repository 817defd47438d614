//go:build race

package httpx

// raceEnabled says whether the race detector watches.
const raceEnabled = true
