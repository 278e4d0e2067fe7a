package reach

// memo keeps answers that are asked for again and again: the route table, network ACL and security
// groups of one subnet or data store are those of many.
type memo struct {
	routes  map[*node]filter
	acls    map[aclQuestion]filter
	entries map[*node]aclEntries
	grants  map[grantQuestion]*grants
	between map[betweenQuestion]verdict
	written []writtenTarget
	opened  map[string]verdict
}

// Ports of questions that are not about one port.
const (
	// unknownPort stands for a port that nobody knows.
	unknownPort = -1
	// anyEphemeral stands for any port that a client may have chosen.
	anyEphemeral = -2
)

type aclQuestion struct {
	in      *node
	towards direction
	port    int64
}

type aclEntries struct {
	entries  []aclEntry
	complete bool
}

type grantQuestion struct {
	group   *node
	towards direction
	port    int64
}

func newMemo() memo {
	return memo{
		routes:  map[*node]filter{},
		acls:    map[aclQuestion]filter{},
		entries: map[*node]aclEntries{},
		grants:  map[grantQuestion]*grants{},
		between: map[betweenQuestion]verdict{},
		opened:  map[string]verdict{},
	}
}
