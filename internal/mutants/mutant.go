// Package mutants changes the policy pack in small ways that somebody could by mistake, one at a time, and
// runs the pack's tests, which have to fail: what they let live, they do not look at.
//
// It is a program of our own because those there are (gremlins, the forks of go-mutesting) know the operators
// of Go only. What decides in a rule is which State or Truth it compares with and whether it records a failure
// or a doubt, and a rule that mistakes one for another is what a pack must fear most. They also cannot draw a
// sample that stays the same when a file is added, and they change the sources in place.
package mutants

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Mutant is one change. It is known by where it is and what it does, not by the number of a line, so that it
// is the same mutant after the code around it has changed.
type Mutant struct {
	// File is the file, from the root of the project; In the function, type or variable in it.
	File string `json:"file"`
	In   string `json:"in"`
	// Operator is the kind of change.
	Operator string `json:"operator"`
	// Text is the line that is changed, and Becomes what it becomes. Of several lines it is the first.
	Text    string `json:"text"`
	Becomes string `json:"becomes"`
	// Nth tells mutants apart in which all this is the same: 0 is the first of them.
	Nth int `json:"nth,omitempty"`

	// from and to are the bytes of the file that are replaced by with.
	from, to int
	with     string
}

// ID is a short name for the mutant. Of some ten thousand any two have the same ten digits with odds of 1 in
// 20,000, which a test looks at.
func (m Mutant) ID() string {
	hash := m.hash(0)
	return hex.EncodeToString(hash[:5])
}

// key is what a mutant is known by.
func (m Mutant) key() string {
	return strings.Join([]string{m.File, m.In, m.Operator, m.Text, m.Becomes, fmt.Sprint(m.Nth)}, "\x00")
}

func (m Mutant) hash(seed uint64) [sha256.Size]byte {
	return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), m.key()...))
}

// Apply is the text of the file with the change in it.
func (m Mutant) Apply(source []byte) []byte {
	return slices.Concat(source[:m.from], []byte(m.with), source[m.to:])
}

// Shuffle puts mutants in an order that only the seed and the mutants themselves decide, so that the first 300
// are a random sample, and those among them that lie in files nobody touched stay there.
func Shuffle(all []Mutant, seed uint64) []Mutant {
	type drawn struct {
		Mutant
		lot string
	}
	lots := make([]drawn, len(all))
	for i, m := range all {
		hash := m.hash(seed)
		lots[i] = drawn{m, string(hash[:])}
	}
	slices.SortFunc(lots, func(a, b drawn) int { return strings.Compare(a.lot, b.lot) })
	shuffled := make([]Mutant, len(lots))
	for i, d := range lots {
		shuffled[i] = d.Mutant
	}
	return shuffled
}
