package rule

// Truth is a yes or no that may depend on a value nobody knows yet.
type Truth int

const (
	// No means: it does not hold, whatever the unknown values turn out to be.
	No Truth = iota
	// Maybe means: it depends on a value that is not known.
	Maybe
	// Yes means: it holds, whatever the unknown values turn out to be.
	Yes
)

// Is turns a plain boolean into a Truth.
func Is(holds bool) Truth {
	if holds {
		return Yes
	}
	return No
}

// And holds when both hold, and fails as soon as one fails.
func (t Truth) And(other Truth) Truth { return min(t, other) }

// Or holds as soon as one holds.
func (t Truth) Or(other Truth) Truth { return max(t, other) }

// Not turns it round; what is not known stays so.
func (t Truth) Not() Truth { return Yes - t }
