package report

import (
	"slices"
	"sync"
	"time"

	"coffee-platform/policy/rule"
)

// WholeStack stands for the URN of an evaluation that looked at all resources.
const WholeStack = ""

// Recorder collects results while a run is going on. It may be used concurrently.
type Recorder struct {
	mu sync.Mutex
	// answers are those about each resource, by its URN, and about the WholeStack.
	answers map[string][]Answer
}

// Answer is what a rule said.
type Answer struct {
	Rule string
	rule.Result
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{answers: map[string][]Answer{}}
}

// Record keeps what rules said about a resource, or about the WholeStack. It takes the place of what the same
// rules said of it before.
func (r *Recorder) Record(urn string, said ...Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := slices.DeleteFunc(r.answers[urn], func(before Answer) bool {
		return slices.ContainsFunc(said, func(now Answer) bool { return now.Rule == before.Rule })
	})
	r.answers[urn] = append(kept, said...)
}

// Empty tells whether nothing was recorded yet.
func (r *Recorder) Empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.answers) == 0
}

// Failed tells whether any rule was broken so far.
func (r *Recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, answers := range r.answers {
		if slices.ContainsFunc(answers, func(a Answer) bool { return a.Outcome() == rule.Failed }) {
			return true
		}
	}
	return false
}

// Asked is what a rule said of one resource, when it was asked about that and when it was
// asked about the stack.
type Asked struct {
	// OfResource is whether the resource was judged on its own.
	OfResource bool
	// Exempted is whether a violation there was let pass.
	Exempted bool
	// Undetermined is whether the rule could not tell; what it could not tell of the
	// stack may be about any resource.
	Undetermined bool
}

// About tells what a rule said of a resource so far.
func (r *Recorder) About(ruleID, urn string) Asked {
	r.mu.Lock()
	defer r.mu.Unlock()
	var asked Asked
	for _, about := range []string{urn, WholeStack} {
		for _, answer := range r.answers[about] {
			if answer.Rule != ruleID {
				continue
			}
			asked.OfResource = asked.OfResource || about == urn
			asked.Undetermined = asked.Undetermined || len(answer.Unknowns) > 0
			asked.Exempted = asked.Exempted ||
				slices.ContainsFunc(answer.Exempted, func(e rule.Exempted) bool { return e.URN == urn })
		}
	}
	return asked
}

// Fill writes the recorded results of the given rules into a document, as of a day.
func (r *Recorder) Fill(doc *Document, rules []rule.Rule, today time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()

	byRule := map[string][]rule.Result{}
	for _, answers := range r.answers {
		for _, answer := range answers {
			byRule[answer.Rule] = append(byRule[answer.Rule], answer.Result)
		}
	}
	// Empty lists are written as [] and not as null, for readers in other languages.
	doc.Rules, doc.Violations, doc.Exempted, doc.Undetermined = []Summary{}, []Violation{}, []Exempted{}, []Gap{}
	for _, asked := range rules {
		summary := Summary{
			ID: asked.ID, Policy: asked.PolicyName(), Title: asked.Title,
			Severity: string(asked.Severity), Level: string(asked.Level),
		}
		for _, result := range byRule[asked.ID] {
			summary.count(result.Outcome())
			for _, f := range result.Failures {
				doc.Violations = append(doc.Violations, Violation{
					Rule: asked.ID, Severity: summary.Severity, Level: summary.Level,
					URN: f.URN, Path: f.Path, Message: f.Message,
				})
			}
			for _, e := range result.Exempted {
				doc.Exempted = append(doc.Exempted, Exempted{
					Rule: asked.ID, Severity: summary.Severity, URN: e.URN, Path: e.Path, Message: e.Message,
					Reason: e.By.Reason, Owner: e.By.Owner,
					Expires: e.By.Expires.Format(time.DateOnly), DaysLeft: e.By.DaysLeft(today),
				})
			}
			for _, f := range result.Unknowns {
				doc.Undetermined = append(doc.Undetermined, Gap{
					Rule: asked.ID, Severity: summary.Severity, URN: f.URN, Path: f.Path, Reason: f.Message,
				})
			}
		}
		doc.Rules = append(doc.Rules, summary)
	}
	doc.count()
	doc.sort()
}

func (s *Summary) count(outcome rule.Outcome) {
	switch outcome {
	case rule.Passed:
		s.Passed++
	case rule.Failed:
		s.Failed++
	case rule.Undetermined:
		s.Undetermined++
	case rule.NotApplicable:
		s.NotApplicable++
	}
}
