package rule

import "sync"

// Seen are the resources that a run has asked to be judged so far, each with the inputs it was asked
// for last. It may be used concurrently.
//
// What is known of them is less than a stack knows: neither ids nor what a property was computed from.
// But in an update the ids of what is already there stand in the inputs of what comes later.
type Seen struct {
	mu        sync.RWMutex
	resources map[string]Resource
	// mentions are the URNs of the resources that hold a text.
	mentions map[string][]string
}

// NewSeen has seen nothing.
func NewSeen() *Seen {
	return &Seen{resources: map[string]Resource{}, mentions: map[string][]string{}}
}

// Add remembers a resource.
func (s *Seen) Add(r Resource) {
	texts := mentioned(r.Inputs)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resources[r.URN] = r
	for _, text := range texts {
		s.mentions[text] = append(s.mentions[text], r.URN)
	}
}

// Of returns the resource of a URN.
func (s *Seen) Of(urn string) (Resource, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.resources[urn]
	return r, ok
}

// Mentioning returns the chosen resources that have a text as an input, or in a list that is one, in
// the order in which they came.
func (s *Seen) Mentioning(text string, selects Selector) []Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []Resource
	once := map[string]bool{}
	for _, urn := range s.mentions[text] {
		if r := s.resources[urn]; !once[urn] && selects(r) {
			found = append(found, r)
		}
		once[urn] = true
	}
	return found
}

// mentioned are the texts among inputs that may be references: no secrets, and nothing longer than the
// longest ARN of an identifier by which one resource names another.
func mentioned(inputs Value) []string {
	const longest = 256
	var texts []string
	note := func(v Value) {
		if text, state := v.Text(); state == Known && !v.Secret() && text != "" && len(text) <= longest {
			texts = append(texts, text)
		}
	}
	keys, _ := inputs.Keys()
	for _, key := range keys {
		at := inputs.Get(key)
		note(at)
		items, _ := at.List()
		for _, item := range items {
			note(item)
		}
	}
	return texts
}
