module github.com/gohttpx/httpx/integration/websocket

go 1.25.0

replace github.com/gohttpx/httpx => ../..

require (
	github.com/coder/websocket v1.8.15
	github.com/gohttpx/httpx v0.0.0-00010101000000-000000000000
	github.com/gorilla/websocket v1.5.3
)

require (
	golang.org/x/net v0.58.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)
