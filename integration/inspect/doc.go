// Package inspect holds the tests that look at the page of package
// github.com/gohttpx/httpx/inspect with a real browser, while real servers are
// loaded, and that read its metrics with Prometheus's own parser. It is a module
// of its own, so that these are nobody else's dependencies.
//
// Like those of the package above, the tests start what they need themselves; a
// test whose program is not installed is skipped, or fails where the environment
// has HTTPX_REQUIRE_SERVERS.
//
// The pictures of the documentation are made by
//
//	go test -run TestScreenshots -screenshots ../../docs/img
package inspect
