package securitygroup

import (
	"strings"

	"coffee-platform/policy/rule"
)

// anyPort is how a range without bounds is written.
const anyPort = -1

// Reaches tells whether the permission lets TCP in on one of the ports.
func (p Permission) Reaches(ports []int64) rule.Truth {
	reaches := rule.No
	for _, port := range ports {
		reaches = reaches.Or(p.from(port).And(p.to(port)))
	}
	allPorts, tcp := p.protocol()
	return p.Inbound.And(allPorts.Or(tcp.And(reaches)))
}

// protocol tells whether the rule is for every protocol, which makes its port range
// meaningless, and whether it is for TCP, by name or by IANA's number.
func (p Permission) protocol() (all, tcp rule.Truth) {
	name, state := p.Protocol.Text()
	if state != rule.Known {
		return rule.Maybe, rule.Maybe
	}
	switch strings.ToLower(name) {
	case "-1", "all":
		return rule.Yes, rule.No
	case "tcp", "6":
		return rule.No, rule.Yes
	}
	return rule.No, rule.No
}

func (p Permission) from(port int64) rule.Truth {
	bound, state := p.From.Int()
	return within(state, bound == anyPort || bound <= port)
}

func (p Permission) to(port int64) rule.Truth {
	bound, state := p.To.Int()
	return within(state, bound == anyPort || port <= bound)
}

// within takes a bound that is not written for no bound: the API refuses such a rule
// for TCP, and if it did not, guessing the other way would hide an open port.
func within(state rule.State, inside bool) rule.Truth {
	switch state {
	case rule.Known:
		return rule.Is(inside)
	case rule.Missing:
		return rule.Yes
	}
	return rule.Maybe
}
