// Package nethttp joins httpx and net/http, in both directions.
//
// [RoundTripper] brings the connections of httpx to every program that takes an
// http.Client, by one line:
//
//	pool := httpx.NewConnectionPool(nil)
//	client := &http.Client{Transport: nethttp.RoundTripper(pool)}
//
// The program goes on as before, and pool can be looked at.
//
// [Transport] is the other way: what speaks through an http.RoundTripper (an
// authenticating wrapper, a recorder, HTTP/2) serves as an httpx.Transport.
package nethttp
