package network

import "slices"

// Unread puts p back in front of everything the stream has yet to deliver. It
// is for a parser that read too far; p is copied.
//
// The goroutine that reads the stream calls it: bytes put back beside a Read in
// progress would be delivered after what that Read returns.
func (s *Stream) Unread(p []byte) {
	if len(p) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = slices.Concat(p, s.ahead)
	s.held.Store(true)
}

// readAhead delivers bytes that were put back; ok is false if another Read took
// the last of them meanwhile.
func (s *Stream) readAhead(p []byte) (n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ahead) == 0 {
		return 0, false
	}
	n = copy(p, s.ahead)
	s.ahead = s.ahead[n:]
	if len(s.ahead) == 0 {
		s.ahead = nil // let the memory go
		s.held.Store(false)
	}
	return n, true
}
