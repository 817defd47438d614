package assign

import "time"

// ConnInfo is what the machine knows of one connection.
type ConnInfo[K comparable] struct {
	Owner     any
	Key       K
	State     State
	IsProbing bool          // idle, but being probed
	Leases    int           // under way
	Capacity  int           // leases at once; 0 while connecting
	Since     time.Duration // when it entered its state
	Expires   time.Duration // of an idle one: when it is closed; Forever: never. Else 0
	Rule      Reason        // of an idle one: what sets Expires; None for Forever
}

// WaiterInfo is what the machine knows of one waiter.
type WaiterInfo[K comparable] struct {
	Owner     any
	Key       K
	Ticket    uint64        // order of arrival over all keys
	Position  int           // in its key's queue, from 0
	Since     time.Duration // when it began to wait
	Held      Held          // what holds it back
	Overtaken int           // younger waiters of other keys served while it was the next in line for a slot
}

// KeyInfo is what the machine knows of one key.
type KeyInfo[K comparable] struct {
	Key    K
	Counts Counts // of this key alone
}

// AppendConns appends every connection, the oldest first. O(n).
func (m *Machine[K]) AppendConns(dst []ConnInfo[K]) []ConnInfo[K] {
	for c := m.conns.first(); c != nil; c = c.inConns.after() {
		info := ConnInfo[K]{
			Owner:     c.Owner,
			Key:       c.Key,
			State:     c.state,
			IsProbing: c.isProbing,
			Leases:    int(c.leases),
			Capacity:  int(c.capacity),
			Since:     c.since,
		}
		if c.state == Idle {
			info.Expires = c.expires
			if c.expires != Forever {
				info.Rule = c.expireRule
			}
		}
		dst = append(dst, info)
	}
	return dst
}

// AppendWaiters appends every waiter, key by key, each key's in order. O(n).
func (m *Machine[K]) AppendWaiters(dst []WaiterInfo[K]) []WaiterInfo[K] {
	for g := m.keys.first(); g != nil; g = g.inKeys.after() {
		position := 0
		for w := g.queue.first(); w != nil; w = w.inQueue.after() {
			dst = append(dst, WaiterInfo[K]{
				Owner:     w.Owner,
				Key:       g.key,
				Ticket:    w.ticket,
				Position:  position,
				Since:     w.since,
				Held:      m.held(w),
				Overtaken: w.overtaken,
			})
			position++
		}
	}
	return dst
}

// AppendKeys appends every key that has a connection or a waiter, the one known
// for longest first. O(n).
func (m *Machine[K]) AppendKeys(dst []KeyInfo[K]) []KeyInfo[K] {
	for g := m.keys.first(); g != nil; g = g.inKeys.after() {
		dst = append(dst, KeyInfo[K]{Key: g.key, Counts: g.counts.public()})
	}
	return dst
}
