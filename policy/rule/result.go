package rule

import "fmt"

// Outcome is what a rule says about a resource or a stack as a whole.
type Outcome string

const (
	// Passed means: everything the rule looks at is known and as it should be.
	Passed Outcome = "passed"
	// Failed means: something is wrong, whatever the unknown values turn out to be.
	Failed Outcome = "failed"
	// Undetermined means: nothing is wrong in what is known, and too little is known to pass.
	Undetermined Outcome = "undetermined"
	// NotApplicable means: the rule has nothing to say here.
	NotApplicable Outcome = "notApplicable"
)

// Finding is one observation at one place.
type Finding struct {
	// URN of the resource observed.
	URN string
	// Path of the property inside that resource; empty for the resource itself.
	Path string
	// Message says what was seen, without any secret value.
	Message string
}

// Result collects what a rule found. The zero Result is a pass.
type Result struct {
	Failures []Finding
	Unknowns []Finding
	// Exempted are failures that somebody answers for, until a day.
	Exempted []Exempted
	// Inapplicable is the reason why the rule does not apply; empty when it does.
	Inapplicable string
}

// Skip is the result of a rule that has nothing to say, and why.
func Skip(reason string) Result { return Result{Inapplicable: reason} }

// Fail records a violation at a value.
func (r *Result) Fail(at Value, format string, args ...any) {
	r.Failures = append(r.Failures, finding(at, format, args))
}

// Undetermined records that a value decides the outcome and cannot be judged.
func (r *Result) Undetermined(at Value, format string, args ...any) {
	r.Unknowns = append(r.Unknowns, finding(at, format, args))
}

// Unpatched records a value that a patch leaves as it is in the cluster, where no rule sees it.
func (r *Result) Unpatched(at Value) {
	r.Undetermined(at, "is not in the patch and keeps the value it has in the cluster")
}

// Unreadable records a value that could not be read: unknown is undetermined and
// a wrong type is a violation. It reports whether it recorded anything.
func (r *Result) Unreadable(at Value, state State, want string) bool {
	switch state {
	case Unknown:
		r.Undetermined(at, "is known only after deployment")
	case Malformed:
		r.Fail(at, "is not %s", want)
	default:
		return false
	}
	return true
}

// Add takes over what another result found.
func (r *Result) Add(other Result) {
	r.Failures = append(r.Failures, other.Failures...)
	r.Unknowns = append(r.Unknowns, other.Unknowns...)
	r.Exempted = append(r.Exempted, other.Exempted...)
}

// Outcome sums the findings up: one failure fails, one unknown prevents a pass, and what is
// exempt has not passed.
func (r Result) Outcome() Outcome {
	switch {
	case len(r.Failures) > 0:
		return Failed
	case len(r.Unknowns) > 0:
		return Undetermined
	case r.Inapplicable != "", len(r.Exempted) > 0:
		return NotApplicable
	}
	return Passed
}

func finding(at Value, format string, args []any) Finding {
	return Finding{URN: at.URN(), Path: at.Path(), Message: fmt.Sprintf(format, args...)}
}
