// Package advise says what other limits of a connection pool would have meant.
//
// It takes a trace of what a pool was asked for, as the root's RecordDemand
// writes it, and replays that in virtual time under limits that need not be
// those of the time:
//
//	trace, err := advise.Read(file)
//	now := trace.Replay(trace.Limits)
//	fewer := trace.Limits
//	fewer.MaxConnections = 10
//	then := trace.Replay(fewer)
//	fmt.Println(now.Waits, then.Waits)
//
// The decisions are not modelled: the machine of package assign makes them, as
// it does in the pool. What the world did is as it was recorded: callers come
// when they came, and hold a connection for as long as they did; a dial takes
// what the one in its place took. So a replay under the recorded limits is what
// happened, and one under others is what would have, as far as servers do not
// answer faster or slower for the difference.
//
// Nothing in it depends on a clock, a map's order or chance: the same trace and
// the same limits give the same result.
package advise
