//go:build race

package integration

const underRaceDetector = true
