// Package faults makes calls of stand-in providers fail on purpose, as clouds fail on their own.
package faults

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"coffee-platform/internal/sandbox/mutation"
)

// Kind is a way to fail.
type Kind string

const (
	// Refuse is a cloud that says no. Nothing has happened.
	Refuse Kind = "refuse"
	// Throttle is a provider that gave up, because the cloud took no calls however often it was asked.
	// Nothing has happened.
	Throttle Kind = "throttle"
	// Interrupt is an object that was made and did not become ready in time: the provider reports its id and
	// what it knows of it. Only for creations.
	Interrupt Kind = "interrupt"
	// KillBefore kills the engine before its call reaches the provider. Nothing has happened, and the
	// engine's state does not tell.
	KillBefore Kind = "kill-before"
	// KillAfter kills the engine when the call is done in the cloud and has not been answered. The engine's
	// state does not tell that from KillBefore.
	KillAfter Kind = "kill-after"
)

var kinds = []Kind{Refuse, Throttle, Interrupt, KillBefore, KillAfter}

// Any is the operation, or the type, of a fault that takes any.
const Any = "any"

// Fault is one call that fails.
type Fault struct {
	// Operation is what the call does: create, update, delete or any.
	Operation string
	// Type is the type token of the object it does it to, or any.
	Type string
	// Nth tells which of the calls with that operation and type it is, the first being 1. Calls are counted
	// from the opening of the sandbox, all stand-ins together; those of previews do not count.
	Nth int
	// Kind is how it fails.
	Kind Kind
}

// Syntax is how Parse wants a fault to be written, for people.
const Syntax = `"<create|update|delete|any> <type|any>#<n> <refuse|throttle|interrupt|kill-before|kill-after>"`

var (
	typePattern = regexp.MustCompile(`^[a-z][a-z0-9-]*:[A-Za-z0-9./_-]+:[A-Z][A-Za-z0-9]*$`)
	nthPattern  = regexp.MustCompile(`^[1-9][0-9]{0,5}$`)
)

// Parse reads a fault: "create aws:ec2/vpc:Vpc#1 throttle" is the first creation of a VPC, throttled.
func Parse(text string) (Fault, error) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 {
		return Fault{}, fmt.Errorf("the fault %q is not of the form %s", text, Syntax)
	}
	typ, nth, counted := strings.Cut(parts[1], "#")
	f := Fault{Operation: parts[0], Type: typ, Kind: Kind(parts[2])}
	operations := []string{string(mutation.Create), string(mutation.Update), string(mutation.Delete), Any}
	switch {
	case !slices.Contains(operations, f.Operation):
		return Fault{}, fmt.Errorf("the fault %q is of no operation %q: there are %s", text, f.Operation, strings.Join(operations, ", "))
	case f.Type != Any && !typePattern.MatchString(f.Type):
		return Fault{}, fmt.Errorf("the fault %q names no type: %q is none such as aws:ec2/vpc:Vpc, nor any", text, f.Type)
	case !counted || !nthPattern.MatchString(nth):
		return Fault{}, fmt.Errorf("the fault %q does not say which call fails: write %s#1 for the first", text, f.Type)
	case !slices.Contains(kinds, f.Kind):
		return Fault{}, fmt.Errorf("the fault %q does not say how the call fails: %q is none of %v", text, f.Kind, kinds)
	case f.Kind == Interrupt && f.Operation != string(mutation.Create):
		return Fault{}, fmt.Errorf("the fault %q: only a creation is interrupted, with an object left half ready", text)
	}
	f.Nth, _ = strconv.Atoi(nth) // of digits, by its pattern
	return f, nil
}

// String is the fault as Parse reads it.
func (f Fault) String() string {
	return fmt.Sprintf("%s %s#%d %s", f.Operation, f.Type, f.Nth, f.Kind)
}

// matches tells whether a call is one of those the fault counts.
func (f Fault) matches(m mutation.Mutation) bool {
	return (f.Operation == Any || f.Operation == string(m.Kind)) && (f.Type == Any || f.Type == m.Type())
}
