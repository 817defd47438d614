// Package stage runs the processes of a measurement: the servers on one core,
// one client at a time on the other. Each is this program again, told by its
// first argument what to be.
package stage
