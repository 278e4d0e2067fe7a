package budget

import (
	"cmp"
	"math/big"
	"slices"
)

// group is a number of equal pods, of which a node has room for perNode, at least one.
type group struct {
	count, perNode int64
}

// nodesFor is how many equal nodes hold all pods when the largest are placed first, each on the first node that
// still has room: at most that many, whatever the pods leave over in between.
//
// Counting a pod as one perNode-th of a node makes one number of CPU, memory, storage and pods: pods whose parts
// sum up to no more than one fit together. Let the last node be opened by pods of the j-th largest size. Every
// earlier node is full (perNode pods of a size, or more) but for one per size at most, the last opened for that size,
// and those j-1 lack less than one pod of size j. So with S the sum of the j largest sizes' parts, and the new node holding one
// part itself, there are less than S + (j-2)/perNode + 1 nodes; all of them, when j is 1 or 2, being S rounded up.
func nodesFor(groups []group) int64 {
	// Sizes that a node holds equally many of are one size.
	counts := map[int64]int64{}
	for _, g := range groups {
		if g.count > 0 {
			counts[g.perNode] += g.count
		}
	}
	var sizes []group
	for perNode, count := range counts {
		sizes = append(sizes, group{count: count, perNode: perNode})
	}
	slices.SortFunc(sizes, func(a, b group) int { return cmp.Compare(a.perNode, b.perNode) })

	var nodes int64
	sum := new(big.Rat)
	for j, size := range sizes {
		sum.Add(sum, big.NewRat(size.count, size.perNode))
		stranded := big.NewRat(max(int64(j)-1, 0), size.perNode)
		nodes = max(nodes, ceil(stranded.Add(stranded, sum)))
	}
	if nodes > 1 && sum.Cmp(big.NewRat(1, 1)) <= 0 {
		return 1
	}
	return nodes
}

func ceil(r *big.Rat) int64 {
	quotient, remainder := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if remainder.Sign() > 0 {
		return quotient.Int64() + 1
	}
	return quotient.Int64()
}
