package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// leaving is what policies let out of a pod on a port.
type leaving struct {
	// free is not no when policies do not count, or may not.
	free verdict
	// isolated tells whether any policy is for what goes out of the pod.
	isolated rule.Truth
	// lets are the addresses that policies let it out to, and allowed all of them together.
	lets    filter
	allowed span
	// byName are what policies let it out to by names.
	byName []allowance
}

type leavingQuestion struct {
	pod  *workload.Pod
	port string
}

// letOut tells whether policies let a pod call a data store that is at one of some addresses.
func (p *Policies) letOut(pod *workload.Pod, own span, s Store) verdict {
	out := p.leaving(pod, s.port)
	if out.free.Truth != rule.No {
		return out.free
	}
	best := verdict{out.isolated.Not(), "no network policy for what goes out"}
	if best.Truth == rule.Maybe {
		best.words = "network policies that may not be for it"
	}
	for _, a := range out.byName {
		if holds := a.named.And(meant(a.domains, s)); holds > best.Truth {
			best = verdict{holds, a.words}
		}
	}
	if best.Truth != rule.Yes {
		reached := own.possible.and(out.allowed.possible)
		holds := rule.Is(len(reached) > 0).And(rule.Maybe)
		if len(own.possible) > 0 && len(own.possible.minus(out.allowed.sure)) == 0 {
			holds = rule.Yes
		}
		if holds > best.Truth {
			chosen, _ := out.lets.pick(reached)
			best = verdict{holds, chosen.words}
		}
	}
	if unsure := p.overruled.Or(p.enforced.Not()); best.Truth == rule.No && unsure != rule.No {
		return verdict{rule.Maybe, "network policies that may be overruled or not enforced"}
	}
	if p.overruled != rule.No && best.Truth == rule.Yes {
		best.Truth = rule.Maybe
	}
	if best.Truth == rule.No {
		best.words = fmt.Sprintf("no network policy lets it out to %s on %s", listing(own.possible), portText(s.port))
	}
	return best
}

// leaving is what the policies of a pod let out of it on a port. It is the same for all data stores on that port,
// of which a pod is held to each.
func (p *Policies) leaving(pod *workload.Pod, port *int64) leaving {
	return remember(p.leavings, leavingQuestion{pod, portText(port)}, func() leaving {
		out := leaving{free: p.free(pod), isolated: p.denied}
		for _, policy := range p.about(pod) {
			selects := p.namespaces.Together(policy.Object, pod.Owner).And(policy.applies).
				And(object.SelectorMatches(policy.Get("spec", "podSelector"), pod.Metadata.Get("labels")))
			out.isolated = out.isolated.Or(selects)
			for _, a := range policy.letsOut(port) {
				out.lets = append(out.lets, piece{a.to.asFarAs(selects), a.words})
				if len(a.domains) > 0 {
					out.byName = append(out.byName, allowance{domains: a.domains, named: a.named.And(selects), words: a.words})
				}
			}
		}
		out.allowed = out.lets.all()
		return out
	})
}

// free tells whether a pod may call anyone, whatever policies say: one that shares the network of its node is
// under none.
func (p *Policies) free(pod *workload.Pod) verdict {
	host := isOn(pod.Spec.Get("hostNetwork"))
	switch {
	case host == rule.Yes:
		return verdict{rule.Yes, "the network of its node, for which no network policy counts"}
	case pod.Patch || host == rule.Maybe:
		return verdict{rule.Maybe, "network policies, which may count or not"}
	case p.enforced == rule.No:
		return verdict{rule.Yes, "network policies, which nothing in the cluster enforces"}
	}
	return verdict{}
}

// about are the policies that may select a pod.
func (p *Policies) about(pod *workload.Pod) []*egressPolicy {
	place := p.namespaces.NameOf(pod.Owner)
	labels := pod.Metadata.Get("labels")
	keys, state := labels.Keys()
	if place == "" || state == rule.Unknown || state == rule.Malformed {
		return p.all
	}
	about := slices.Concat(p.scattered, p.byPlace[placeAndLabel{place, ""}])
	for _, key := range keys {
		value, state := labels.Get(key).Text()
		if state == rule.Unknown {
			return p.all
		}
		about = append(about, p.byPlace[placeAndLabel{place, key + "=" + value}]...)
	}
	return about
}

// meant tells whether any of the patterns of names is for a data store. Until its own name is known,
// the domain tells: names of databases end with that of RDS, those of caches with that of ElastiCache.
func meant(patterns []rule.Value, s Store) rule.Truth {
	domain := ".rds.amazonaws.com"
	if strings.HasPrefix(s.Type, "aws:elasticache/") {
		domain = ".cache.amazonaws.com"
	}
	found := rule.No
	for _, at := range patterns {
		pattern, state := at.Text()
		if state != rule.Known {
			found = found.Or(rule.Maybe)
			continue
		}
		names := addressesOf(s.Resource)
		for _, name := range names {
			host, _, _ := strings.Cut(name, ":")
			found = found.Or(rule.Is(matches(pattern, host)))
		}
		if len(names) == 0 && (strings.HasSuffix(pattern, domain) || matches(pattern, "x"+domain)) {
			found = found.Or(rule.Maybe)
		}
	}
	return found
}

// matches tells whether a name fits a pattern, in which * at the beginning stands for one label or more.
func matches(pattern, name string) bool {
	if rest, wild := strings.CutPrefix(pattern, "*"); wild {
		return strings.HasSuffix(name, rest)
	}
	return pattern == name
}

// listing names ranges, as far as a message has room for them.
func listing(ranges set) string {
	const most = 4
	texts := make([]string, 0, len(ranges))
	for _, one := range ranges {
		if one == netip.MustParsePrefix("0.0.0.0/0") {
			return "addresses that are not known"
		}
		texts = append(texts, one.String())
	}
	if len(texts) > most {
		texts = append(texts[:most], "…")
	}
	return strings.Join(texts, ", ")
}
