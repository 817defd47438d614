package assign

import (
	"fmt"
	"testing"
	"time"
)

// roomy are limits that nothing below reaches; a test narrows what it is about.
func roomy() Limits {
	return Limits{
		Connections: 100, PerKey: 100, Idle: 100, Waiting: 100,
		AcquireTimeout: 30 * time.Second, IdleTimeout: 90 * time.Second,
		ProbeEvery: time.Second, ProbeBatch: 16,
	}
}

func TestScripts(t *testing.T) {
	for _, test := range []struct {
		name   string
		limits func(*Limits)
		script script
	}{
		{"a connection is dialled, used, and used again", nil, script{
			{"take a", "take <nil>", "0 active"},
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"take a", "take c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"wait w1 a", "serve w1 c1", "1 active"},
		}},
		{"the most recently used is taken first", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"dialled c1", "serve w1 c1", "1 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 active"},
			{"release c2", "", "1 active, 1 idle"},
			{"release c1", "", "2 idle"},
			{"take a", "take c1", "1 active, 1 idle"},
			{"take a", "take c2", "2 active"},
			{"take a", "take <nil>", ""},
		}},
		{"a waiter takes what comes first, a freed connection or a new one", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"wait w2 a", "dial c2 for w2", "1 connecting, 1 active"},
			{"release c1", "serve w2 c1", "1 connecting, 1 active"},
			{"dialled c2", "", "1 active, 1 idle"},
		}},
		{"a finished dial goes to the oldest, whoever it was started for", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"dialled c2", "serve w1 c2", "1 connecting, 1 active"},
			{"dialled c1", "serve w2 c1", "2 active"},
		}},
		{"a caller that gives up does not kill its dial", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"leave w1", "", "1 connecting"},
			{"leave w1", "too late", ""},
			{"wait w2 a", "", "1 connecting"},
			{"wait w3 a", "dial c2 for w2", "2 connecting"}, // it had none of its own
			{"dialled c1", "serve w2 c1", "1 connecting, 1 active"},
			{"leave w3", "", ""},
			{"dialled c2", "", "1 active, 1 idle"},
		}},
		{"a failure goes to the waiter that the dial was started for", func(l *Limits) { l.Connections = 2 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"wait w3 a", "", "2 connecting, 1 waiting"},
			{"failed c2", "fail w2: the dial failed; dial c3 for w3", "2 connecting"},
			{"dialled c1", "serve w1 c1", "1 connecting, 1 active"},
			{"leave w3", "", ""},
			{"failed c3", "", "1 active"},
		}},
		{"a waiter that another's dial had covered gets its own when that fails", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"leave w1", "", ""},
			{"wait w2 a", "", "1 connecting"},
			{"failed c1", "dial c2 for w2", "1 connecting"},
			{"failed c2", "fail w2: the dial failed", "0 active"},
		}},
		{"a waiter used again is not taken for the one it was", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"leave w1", "", ""},
			{"wait w1 a", "", "1 connecting"},
			{"failed c1", "dial c2 for w1", "1 connecting"},
		}},
		{"a waiter whose dial went to an older one is the first to get another", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"dialled c2", "serve w1 c2", "1 connecting, 1 active"},
			{"wait w3 a", "dial c3 for w2", "2 connecting, 1 active"},
			{"failed c1", "dial c4 for w3", "2 connecting, 1 active"}, // c1 was started for w1
			{"failed c3", "fail w2: the dial failed", "1 connecting, 1 active"},
			{"failed c4", "fail w3: the dial failed", "1 active"},
		}},
		{"the limit of a key holds its callers and no others", func(l *Limits) { l.PerKey = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "", "1 connecting, 1 waiting"},
			{"wait w3 b", "dial c2 for w3", "2 connecting, 1 waiting"},
			{"dialled c1", "serve w1 c1", "1 connecting, 1 active, 1 waiting"},
			{"release c1 broken", "close c1: not reusable; dial c3 for w2", "2 connecting"},
		}},
		{"an idle connection of another key makes room, the least recently used first", func(l *Limits) { l.Connections = 2 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"wait w2 b", "dial c2 for w2", "1 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 active"},
			{"release c2", "", "1 active, 1 idle"},
			{"release c1", "", "2 idle"},
			{"wait w3 c", "close c2: evicted for another key; dial c3 for w3", "1 connecting, 1 idle"},
			{"wait w4 d", "close c1: evicted for another key; dial c4 for w4", "2 connecting"},
			{"wait w5 e", "", "2 connecting, 1 waiting"},
		}},
		{"a connection its own key does not want makes room", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 c", "", "1 connecting, 1 waiting"},
			{"wait w3 b", "", "1 connecting, 2 waiting"},
			{"dialled c1", "serve w1 c1", "1 active, 2 waiting"},
			{"release c1", "close c1: evicted for another key; dial c2 for w2", "1 connecting, 1 waiting"},
			{"leave w2", "", ""},
			{"dialled c2", "close c2: evicted for another key; dial c3 for w3", "1 connecting"},
		}},
		{"a freed slot goes to the oldest of those that only the total limit holds", func(l *Limits) { l.Connections, l.PerKey = 3, 2 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"wait w3 a", "", "2 connecting, 1 waiting"}, // the limit of its key holds it
			{"wait w4 b", "dial c3 for w4", "3 connecting, 1 waiting"},
			{"wait w5 c", "", "3 connecting, 2 waiting"},
			{"failed c3", "fail w4: the dial failed; dial c4 for w5", "3 connecting, 1 waiting"},
			{"wait w6 d", "", "3 connecting, 2 waiting"},
			{"closed c1", "dial c5 for w1", "3 connecting, 2 waiting"}, // a is not at its limit any more, and older
		}},
		{"a full queue fails the newcomer and says what would have held it", func(l *Limits) { l.Connections, l.PerKey, l.Waiting = 2, 1, 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "", "1 connecting, 1 waiting"},
			{"wait w3 a", "fail w3: too many are waiting (held by the limit on connections of its key)", ""},
			{"wait w4 b", "dial c2 for w4", "2 connecting, 1 waiting"},
			{"wait w5 c", "fail w5: too many are waiting (held by the limit on connections in all)", ""},
			{"leave w4", "", ""},
			{"wait w5 b", "", ""}, // a dial is under way for it: it is not one of the waiting
		}},
		{"no queue at all", func(l *Limits) { l.Connections, l.Waiting = 1, 0 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "fail w2: too many are waiting (held by the limit on connections in all)", ""},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"wait w2 b", "close c1: evicted for another key; dial c2 for w2", "1 connecting"},
		}},
		{"a wait has an end, but for one whose dial is under way", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"after 10s", "", ""},
			{"wait w2 b", "", "1 connecting, 1 waiting"},
			{"wait w3 a", "", "1 connecting, 2 waiting"},
			{"after 20s", "", ""}, // w1 is given its time anew
			{"after 9999ms", "", ""},
			{"after 1ms", "fail w2: waited for too long (held by the limit on connections in all); " +
				"fail w3: waited for too long (held by the limit on connections in all)", "1 connecting"},
			{"after 20s", "", ""},
			{"dialled c1", "serve w1 c1", "1 active"},
		}},
		{"an acquire timeout says when the key's limit held it", func(l *Limits) { l.PerKey = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"wait w2 a", "", "1 active, 1 waiting"},
			{"after 30s", "fail w2: waited for too long (held by the limit on connections of its key)", "1 active"},
		}},
		{"idle connections expire, each by the rule that comes first", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"wait w3 b", "dial c3 for w3", "3 connecting"},
			{"dialled c1 age 40s", "serve w1 c1", "2 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "1 connecting, 2 active"},
			{"dialled c3", "serve w3 c3", "3 active"},
			{"release c1", "", "2 active, 1 idle"},
			{"release c2 keep 20s", "", "1 active, 2 idle"},
			{"release c3 keep 100s", "", "3 idle"},
			{"after 19999ms", "", ""},
			{"after 1ms", "close c2: idle for as long as the peer keeps it", "2 idle"},
			{"after 20s", "close c1: too old", "1 idle"},
			{"after 50s", "close c3: idle for too long", "0 active"},
		}},
		{"use puts the expiry off", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1 keep 20s", "", "1 idle"},
			{"after 15s", "", ""},
			{"take a", "take c1", "1 active"},
			{"after 10s", "", ""}, // would have been its end
			{"release c1", "", "1 idle"},
			{"after 80s", "", ""},
			{"take a", "take c1", "1 active"},
			{"release c1 keep 1s", "", "1 idle"}, // sooner than before
			{"after 1s", "close c1: idle for as long as the peer keeps it", "0 active"},
		}},
		{"a connection that is too old at its release goes at once", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1 age 5s", "serve w1 c1", "1 active"},
			{"after 5s", "", ""},
			{"wait w2 a", "dial c2 for w2", "1 connecting, 1 active"},
			{"release c1", "close c1: too old", "1 connecting"},
		}},
		{"the idle limit closes the least recently used", func(l *Limits) { l.Idle = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 b", "dial c2 for w2", "2 connecting"},
			{"dialled c1", "serve w1 c1", "1 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 active"},
			{"release c2", "", "1 active, 1 idle"},
			{"release c1", "close c2: over the limit of idle connections", "1 idle"},
		}},
		{"keep none", func(l *Limits) { l.Idle = 0 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"wait w2 a", "dial c2 for w2", "1 connecting, 1 active"},
			{"release c1", "serve w2 c1", "1 connecting, 1 active"},
			{"dialled c2", "close c2: over the limit of idle connections", "1 active"},
			{"release c1", "close c1: over the limit of idle connections", "0 active"},
		}},
		{"an idle timeout of nothing keeps none", func(l *Limits) { l.IdleTimeout = 0 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "close c1: idle for too long", "0 active"},
		}},
		{"an upgraded connection keeps its slot until it is closed", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"upgraded c1", "", "1 upgraded"},
			{"wait w2 a", "", "1 upgraded, 1 waiting"},
			{"closed c1", "dial c2 for w2", "1 connecting"},
			{"closed c1", "", ""},
		}},
		{"a probe takes a connection out of reach and leaves it in its place", func(l *Limits) { l.ProbeBatch = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"dialled c1", "serve w1 c1", "1 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 active"},
			{"release c1", "", "1 active, 1 idle"},
			{"release c2", "", "2 idle"},
			{"probe", "look at ", ""},
			{"after 1s", "", ""},
			{"probe", "look at c1", "2 idle"},
			{"probe", "look at ", ""}, // one at a time
			{"alive c1", "", ""},
			{"probe", "look at c2", "2 idle"},
			{"take a", "take c1", "1 active, 1 idle"},
			{"release c1", "", "2 idle"},
			{"alive c2", "", "2 idle"},
			{"take a", "take c1", "1 active, 1 idle"}, // the probe was no use
			{"after 1s", "", ""},
			{"probe", "look at c2", ""},
			{"dead c2", "close c2: the peer closed it", "1 active"},
		}},
		{"what was just looked at is not looked at again", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"after 1s", "", ""},
			{"probe", "look at c1", ""},
			{"alive c1", "", ""},
			{"after 999ms", "", ""},
			{"probe", "look at ", ""},
			{"after 1ms", "", ""},
			{"probe", "look at c1", ""},
		}},
		{"a waiter for what is being probed gets it, or its slot", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"after 1s", "", ""},
			{"probe", "look at c1", "1 idle"},
			{"take a", "take <nil>", ""},
			{"wait w2 a", "", "1 idle, 1 waiting"},
			{"alive c1", "serve w2 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"after 1s", "", ""},
			{"probe", "look at c1", "1 idle"},
			{"wait w3 b", "", "1 idle, 1 waiting"},
			{"alive c1", "close c1: evicted for another key; dial c2 for w3", "1 connecting"},
			{"dialled c2", "serve w3 c2", "1 active"},
			{"release c2", "", "1 idle"},
			{"after 1s", "", ""},
			{"probe", "look at c2", "1 idle"},
			{"wait w4 a", "", "1 idle, 1 waiting"},
			{"dead c2", "close c2: the peer closed it; dial c3 for w4", "1 connecting"},
		}},
		{"what is being probed may be closed meanwhile", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1 keep 5s", "", "1 idle"},
			{"after 4s", "", ""},
			{"probe", "look at c1", "1 idle"},
			{"after 1s", "close c1: idle for as long as the peer keeps it", "0 active"},
			{"alive c1", "", ""},
		}},
		{"who wants a fresh one waits for its dial, and newcomers take what idles", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"wait w2 a fresh", "dial c2 for w2", "1 connecting, 1 idle"},
			{"take a", "take c1", "1 connecting, 1 active"},
			{"release c1", "", "1 connecting, 1 idle"},
			{"dialled c2", "serve w2 c2", "1 active, 1 idle"},
		}},
		{"who wants a fresh one has the slot of what becomes free where there is no room", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"wait w2 a fresh", "", "1 active, 1 waiting"},
			{"wait w3 a", "", "1 active, 2 waiting"},
			{"release c1", "close c1: closed for a fresh one; dial c2 for w2", "1 connecting, 1 waiting"},
			{"dialled c2", "serve w2 c2", "1 active, 1 waiting"},
			{"release c2", "serve w3 c2", "1 active"},
		}},
		{"who waits behind one that wants a fresh one takes what becomes free", func(l *Limits) { l.Connections = 2 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"wait w2 a fresh", "dial c2 for w2", "1 connecting, 1 active"},
			{"wait w3 a", "", "1 connecting, 1 active, 1 waiting"},
			{"release c1", "serve w3 c1", "1 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 active"},
		}},
		{"who wants a fresh one takes what others share where there is no room", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1 shared 2", "serve w1 c1", "1 active"},
			{"wait w2 a fresh", "serve w2 c1", ""},
			{"wait w3 a fresh", "", "1 active, 1 waiting"},
			{"release c1", "serve w3 c1", "1 active"},
		}},
		{"what has expired is of no use, though no timer said so", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"dialled c1", "serve w1 c1", "1 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 active"},
			{"release c1", "", "1 active, 1 idle"},
			{"release c2 keep 5s", "", "2 idle"},
			{"after 5s untimed", "", ""},
			{"take a", "close c2: idle for as long as the peer keeps it; take c1", "1 active"},
			{"release c1 keep 5s", "", "1 idle"},
			{"after 4s untimed", "", ""},
			{"probe", "look at c1", ""},
			{"after 1s untimed", "", ""},
			{"alive c1", "close c1: idle for as long as the peer keeps it", "0 active"},
		}},
		{"what is being probed is no room for a newcomer", func(l *Limits) { l.Connections, l.Waiting = 1, 0 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"after 1s", "", ""},
			{"probe", "look at c1", ""},
			{"wait w2 b", "fail w2: too many are waiting (held by the limit on connections in all)", ""},
		}},
		{"CloseIdle closes what is being probed, too, for whoever waits", func(l *Limits) { l.Connections = 1 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1", "serve w1 c1", "1 active"},
			{"release c1", "", "1 idle"},
			{"after 1s", "", ""},
			{"probe", "look at c1", ""},
			{"wait w2 b", "", "1 idle, 1 waiting"},
			{"close idle", "close c1: idle connections were closed; dial c2 for w2", "1 connecting"},
			{"dead c1", "", ""},
		}},
		{"CloseIdle closes what idles and nothing else", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"wait w3 a", "dial c3 for w3", "3 connecting"},
			{"dialled c1", "serve w1 c1", "2 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "1 connecting, 2 active"},
			{"release c2", "serve w3 c2", ""},
			{"release c2", "", "1 connecting, 1 active, 1 idle"},
			{"close idle", "close c2: idle connections were closed", "1 connecting, 1 active"},
		}},
		{"Shut ends all but leases and upgraded streams", func(l *Limits) { l.Connections = 4 }, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 b", "dial c2 for w2", "2 connecting"},
			{"wait w3 c", "dial c3 for w3", "3 connecting"},
			{"wait w4 d", "dial c4 for w4", "4 connecting"},
			{"dialled c1", "serve w1 c1", "3 connecting, 1 active"},
			{"dialled c2", "serve w2 c2", "2 connecting, 2 active"},
			{"dialled c3", "serve w3 c3", "1 connecting, 3 active"},
			{"upgraded c3", "", "1 connecting, 2 active, 1 upgraded"},
			{"release c1", "", "1 connecting, 1 active, 1 idle, 1 upgraded"},
			{"shut", "fail w4: the pool was closed; close c1: the pool was closed; cancel dial c4: the pool was closed",
				"1 active, 1 upgraded"},
			{"wait w5 a", "fail w5: the pool was closed", ""},
			{"take b", "take <nil>", ""},
			{"dialled c4", "", ""}, // the witness sees that it is to be closed
			{"release c2", "close c2: the pool was closed", "1 upgraded"},
			{"closed c3", "", "0 active"},
			{"shut", "", ""},
		}},
		{"a shared connection serves many, and idles when the last is through", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"wait w2 a", "dial c2 for w2", "2 connecting"},
			{"dialled c1 shared 3", "serve w1 c1; serve w2 c1", "1 connecting, 1 active"},
			{"take a", "take c1", ""},
			{"wait w3 a", "", ""}, // covered by the dial that w2 left behind
			{"release c1", "serve w3 c1", ""},
			{"dialled c2 shared 3", "", "1 active, 1 idle"},
			{"release c1", "", ""},
			{"release c1", "", ""},
			{"release c1", "", "2 idle"},
			{"take a", "take c1", "1 active, 1 idle"},
		}},
		{"a shared connection that is not reusable is closed after its last lease", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1 shared 3", "serve w1 c1", "1 active"},
			{"take a", "take c1", ""},
			{"release c1 broken", "", ""},
			{"take a", "take <nil>", ""},
			{"release c1", "close c1: not reusable", "0 active"},
		}},
		{"a shared connection that is too old takes no more leases", nil, script{
			{"wait w1 a", "dial c1 for w1", "1 connecting"},
			{"dialled c1 shared 3 age 5s", "serve w1 c1", "1 active"},
			{"take a", "take c1", ""},
			{"after 5s", "", ""},
			{"take a", "take <nil>", ""},
			{"release c1", "", ""},
			{"release c1", "close c1: too old", "0 active"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := roomy()
			if test.limits != nil {
				test.limits(&limits)
			}
			test.script.run(t, limits)
		})
	}
}

// A busy key keeps its connection for sixteen callers that came after the
// waiter of another key, and not for one more.
func TestOvertakenWaiterIsGivenTheSlot(t *testing.T) {
	limits := roomy()
	limits.Connections = 1
	s := script{
		{"wait w1 busy", "dial c1 for w1", "1 connecting"},
		{"dialled c1", "serve w1 c1", "1 active"},
		{"wait other quiet", "", "1 active, 1 waiting"},
	}
	for i := range Overtakes {
		w := fmt.Sprintf("w%d", i+2)
		s = append(s,
			step{"wait " + w + " busy", "", "1 active, 2 waiting"},
			step{"release c1", "serve " + w + " c1", "1 active, 1 waiting"})
	}
	s = append(s,
		step{"wait last busy", "", "1 active, 2 waiting"},
		step{"release c1", "close c1: given away to an overtaken waiter; dial c2 for other", "1 connecting, 1 waiting"},
		step{"dialled c2", "serve other c2", "1 active, 1 waiting"},
		step{"release c2", "close c2: evicted for another key; dial c3 for last", "1 connecting"})
	s.run(t, limits)
}

// An older waiter of the busy key is not one that overtakes.
func TestOlderWaitersDoNotOvertake(t *testing.T) {
	limits := roomy()
	limits.Connections = 1
	s := script{
		{"wait w0 busy", "dial c1 for w0", "1 connecting"},
		{"dialled c1", "serve w0 c1", "1 active"},
	}
	for i := range Overtakes + 5 {
		s = append(s, step{fmt.Sprintf("wait w%d busy", i+1), "", fmt.Sprintf("1 active, %d waiting", i+1)})
	}
	s = append(s, step{"wait other quiet", "", fmt.Sprintf("1 active, %d waiting", Overtakes+6)})
	for i := range Overtakes + 5 {
		s = append(s, step{"release c1", fmt.Sprintf("serve w%d c1", i+1), fmt.Sprintf("1 active, %d waiting", Overtakes+5-i)})
	}
	s = append(s, step{"release c1", "close c1: evicted for another key; dial c2 for other", "1 connecting"})
	s.run(t, limits)
}

// A shared connection with callers coming all the time would never be free: once
// the waiter of another key was overtaken often enough it takes no more leases.
func TestSharedConnectionYields(t *testing.T) {
	limits := roomy()
	limits.Connections = 1
	s := script{
		{"wait w1 busy", "dial c1 for w1", "1 connecting"},
		{"dialled c1 shared 2", "serve w1 c1", "1 active"},
		{"wait other quiet", "", "1 active, 1 waiting"},
	}
	for range Overtakes {
		s = append(s,
			step{"take busy", "take c1", ""},
			step{"release c1", "", ""})
	}
	s = append(s,
		step{"take busy", "take <nil>", ""},
		step{"wait last busy", "", "1 active, 2 waiting"},
		step{"release c1", "close c1: given away to an overtaken waiter; dial c2 for other", "1 connecting, 1 waiting"})
	s.run(t, limits)
}
