// Package trial is one measurement: one client in one scenario for a moment, in
// a process that does nothing else and has a core to itself.
package trial

import "github.com/gohttpx/httpx/bench/origin"

// A Scenario is what the clients are made to do.
type Scenario struct {
	Name        string
	Words       string
	Path        string
	Length      int // of the response's body
	Post        int // bytes to send; 0: GET
	Callers     int
	Connections int
	IsTLS       bool
	Once        bool // a new connection for each request
	Cancellable bool // under a context that could be cancelled
}

// Scenarios are all of them, in the order of the report.
var Scenarios = []Scenario{
	{Name: "tiny-1", Words: "tiny, 1 connection", Path: origin.PathTiny, Length: origin.TinySize, Callers: 1, Connections: 1},
	{Name: "tiny-64", Words: "tiny, 64 connections", Path: origin.PathTiny, Length: origin.TinySize, Callers: 64, Connections: 64},
	{Name: "tiny-256-32", Words: "tiny, 256 callers over 32 connections", Path: origin.PathTiny, Length: origin.TinySize, Callers: 256, Connections: 32},
	{Name: "64k-8", Words: "64 KiB, Content-Length, 8 connections", Path: origin.PathBig, Length: origin.BigSize, Callers: 8, Connections: 8},
	{Name: "64k-chunked-8", Words: "64 KiB in chunks of 4 KiB, 8 connections", Path: origin.PathChunked, Length: origin.BigSize, Callers: 8, Connections: 8},
	{Name: "post-16k-8", Words: "POST of 16 KiB, echoed, 8 connections", Path: origin.PathEcho + "16384", Length: 16384, Post: 16384, Callers: 8, Connections: 8},
	{Name: "tls-64", Words: "TLS 1.3, tiny, 64 connections", Path: origin.PathTiny, Length: origin.TinySize, Callers: 64, Connections: 64, IsTLS: true},
	{Name: "once-8", Words: "tiny, a new connection each time, 8 callers", Path: origin.PathClose, Length: origin.TinySize, Callers: 8, Connections: 8, Once: true},
	{Name: "cancel-64", Words: "tiny, 64 connections, a context that can be cancelled", Path: origin.PathTiny, Length: origin.TinySize, Callers: 64, Connections: 64, Cancellable: true},
}

// ScenarioNamed finds a scenario.
func ScenarioNamed(name string) (Scenario, bool) {
	for _, s := range Scenarios {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}
