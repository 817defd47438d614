package httpx

// Version is the version of this library. The Client's default User-Agent
// names it.
const Version = "0.1.0"
