package h1

// What a zero field of Limits stands for.
const (
	DefaultHeaderBytes         = 1 << 20
	DefaultFields              = 256
	DefaultChunkExtensionBytes = 4 << 10
)

// Limits bounds what a peer can make us hold. A zero (or negative) field means
// its default. Beyond a limit is an [*Error] that errors.Is finds as
// [ErrTooLarge].
type Limits struct {
	// HeaderBytes bounds a head, from its first byte through its blank line,
	// and likewise a trailer section. Default 1 MiB.
	HeaderBytes int
	// Fields bounds the field lines of a head, and of a trailer section.
	// Default 256.
	Fields int
	// ChunkExtensionBytes bounds the chunk extensions of one body, all chunks
	// together. Default 4 KiB.
	ChunkExtensionBytes int
}

func (l *Limits) headerBytes() int {
	return orDefault(l.HeaderBytes, DefaultHeaderBytes)
}

func (l *Limits) fields() int {
	return orDefault(l.Fields, DefaultFields)
}

func (l *Limits) chunkExtensionBytes() int {
	return orDefault(l.ChunkExtensionBytes, DefaultChunkExtensionBytes)
}

func orDefault(n, standard int) int {
	if n <= 0 {
		return standard
	}
	return n
}
