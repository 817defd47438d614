// Package websocket holds the tests that let WebSocket libraries, unmodified,
// hold a conversation over connections of httpx. It is a module of its own, so
// that those libraries are no dependencies of httpx, and has no code beside its
// tests.
package websocket
