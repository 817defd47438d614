// Package integration holds the tests that send requests to real servers, from
// the outside, as a program that uses httpx does. It has no code of its own
// beside them.
//
// The tests start the servers themselves: on free loopback ports, with their
// files in the test's temporary directory, and stop them by process id. A test
// whose server is not installed is skipped, and says how to install it; where
// the environment has HTTPX_REQUIRE_SERVERS=1, as in CI, it fails. In the root
// of the repository, scripts/servers installs what is missing and
// scripts/integration runs the tests with every server required.
//
// With -short, and under the race detector, the largest tests send fewer
// requests.
package integration
