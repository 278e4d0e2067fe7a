package reach

// memo keeps answers that are asked for again and again: the route table, network ACL and security
// groups of one subnet or data store are those of many, and all pods are in the same places.
type memo struct {
	routes  map[*node]filter
	acls    map[aclQuestion]filter
	answers map[aclQuestion]filter
	entries map[*node]aclEntries
	grants  map[grantQuestion]*grants
	between map[betweenQuestion]verdict
	written []writtenTarget
	opened  map[openedQuestion]verdict
	// addresses are those of the data stores, by their URNs.
	addresses map[string]span
}

// Questions about a port hold it as portText writes it, which has words for one that is not known.
type (
	aclQuestion struct {
		in      *node
		towards direction
		port    string
	}
	aclEntries struct {
		entries  []aclEntry
		complete bool
	}
	grantQuestion struct {
		group   *node
		towards direction
		port    string
	}
	betweenQuestion struct {
		from, to *node
		port     string
	}
	openedQuestion struct {
		from *end
		to   string
	}
)

func newMemo() memo {
	return memo{
		routes:    map[*node]filter{},
		acls:      map[aclQuestion]filter{},
		answers:   map[aclQuestion]filter{},
		entries:   map[*node]aclEntries{},
		grants:    map[grantQuestion]*grants{},
		between:   map[betweenQuestion]verdict{},
		opened:    map[openedQuestion]verdict{},
		addresses: map[string]span{},
	}
}

// remember asks a question once.
func remember[Question comparable, Answer any](answers map[Question]Answer, question Question, ask func() Answer) Answer {
	if known, ok := answers[question]; ok {
		return known
	}
	found := ask()
	answers[question] = found
	return found
}
