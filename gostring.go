package httpx

// GoString is String for the verb %#v, which would print what is inside: bytes
// of the wire, credentials.
func (c *Connection) GoString() string { return c.String() }

// GoString is String for the verb %#v.
func (p *ConnectionPool) GoString() string { return p.String() }

// GoString is String for the verb %#v.
func (c *Client) GoString() string { return c.String() }

// GoString is String for the verb %#v.
func (r *Request) GoString() string { return r.String() }

// GoString is String for the verb %#v.
func (r *Response) GoString() string { return r.String() }
