// Package h1 reads and writes HTTP/1.1 messages.
package h1
