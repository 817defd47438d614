// Package h1 reads and writes HTTP/1.1 messages (RFC 9112), a client's and a
// server's, over any io.Reader and io.Writer. It opens no socket, looks at no
// clock and starts no goroutine.
//
// A whole exchange of a client:
//
//	w, r := h1.NewWriter(conn), h1.NewReader(conn, h1.Limits{})
//
//	fields := [][2]string{{"Host", "www.example.com"}}
//	if err := w.WriteRequest("GET", "/", fields, h1.Framing{}); err != nil {
//		return err
//	}
//	if err := w.Close(nil); err != nil { // no body; this flushes
//		return err
//	}
//
//	var head h1.ResponseHead
//	if err := r.ReadResponse(&head); err != nil {
//		return err
//	}
//	framing, err := head.Framing("GET")
//	if err != nil {
//		return err
//	}
//	r.Begin(framing)
//	body, err := io.ReadAll(r)
//
// # The parts
//
// [Writer] and [Reader] each carry messages one after the other through one
// buffer, which may be lent to them for the time of an exchange. Below them,
// and useful alone: [AppendRequest], [AppendResponse] and [AppendChunk] only
// append; [HeadEnd] finds the end of a head in some bytes, and
// [ResponseHead.Parse] and [RequestHead.Parse] read it. A [Framing] is how the
// end of a body is found. A [Machine] knows what either side of a connection
// may do next, and whether the connection can be used again.
//
// Fields are [][2]string, name and value, in the order of the wire.
//
// # Strict
//
// Where a message can be read in two ways, it is read in neither: an [*Error]
// says what is wrong, and where. [ResponseHead.Parse] lists the rules for heads;
// in chunked framing every line ends in CR LF, sizes are digits alone, and
// whitespace stands only before an extension. Nothing that is written can break
// out of its line.
//
// # Fast
//
// A head that repeats the last one, byte for byte, costs a comparison; one that
// differs costs one allocation, the string of which its names and values are
// parts. Those strings never change. Bodies go between the stream and the
// caller's slice directly where that saves work.
package h1
