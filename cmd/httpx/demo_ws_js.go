package main

import "net/http"

// A browser speaks WebSocket itself: there is nothing to show.
func (d *demonstration) showWebSocket() error { return nil }

func (o *demoOrigins) feed(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
