// Package origin is the server that the clients are measured against. It is a
// process of its own and costs next to nothing: the answers are made before
// they are asked for, and a request is looked at only as far as its path.
//
// Plain HTTP is served by one loop over epoll, on one thread, without a
// goroutine or an allocation per request; large bodies by sendfile. HTTPS is
// served by crypto/tls with a goroutine per connection, and the same answers.
//
// It is fit for loopback and for the clients of this module, for nothing else:
// a body is as long as its path says.
package origin
