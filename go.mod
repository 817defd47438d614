module github.com/gohttpx/httpx

go 1.25.0
