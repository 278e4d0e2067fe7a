package rules

import (
	"coffee-platform/policy/reach"
	"coffee-platform/policy/rule"
)

// isListenerRule selects rules of listeners.
var isListenerRule = rule.OfType(reach.BalancerTypes("ListenerRule")...)

// checkListenerRules demands that no rule of a plain listener forwards: what it forwards never gets to the
// default action, which sends everybody to HTTPS.
func checkListenerRules(rules []rule.Resource, stack rule.Stack, result *rule.Result) {
	for _, r := range rules {
		plain := onPlainListener(r, stack)
		if plain == rule.No {
			continue
		}
		at := r.Inputs.Get("actions")
		forwards := rule.No
		for _, action := range listed(at, "a list of actions", result) {
			forwards = forwards.Or(is(action.Get("type"), "forward", false))
		}
		report(at, forwards.And(plain), "forward plain HTTP", result)
	}
}

// onPlainListener tells whether the listener of a rule speaks HTTP. One that is not in the stack may.
func onPlainListener(r rule.Resource, stack rule.Stack) rule.Truth {
	listeners := stack.Referenced(r, "listenerArn", isListener)
	plain := rule.Is(len(listeners) == 0).And(rule.Maybe)
	for _, listener := range listeners {
		protocol, state := listener.Inputs.Get("protocol").Text()
		// One that does not say is of HTTP.
		plain = plain.Or(rule.Is(state == rule.Missing || protocol == "HTTP")).Or(rule.Is(state == rule.Unknown).And(rule.Maybe))
	}
	return plain
}
