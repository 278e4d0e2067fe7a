package budget

import (
	"fmt"
	"strings"

	"coffee-platform/internal/problem"
)

// reservedConnections are kept from everybody who is not a superuser: superuser_reserved_connections is 3,
// rds.rds_superuser_reserved_connections 2
// (https://repost.aws/knowledge-center/rds-postgresql-error-connection-slots).
const reservedConnections = 3 + 2

// Database is what bounds connections.
type Database struct {
	// InstanceClass is the RDS instance class, "db.t4g.medium".
	InstanceClass string
	// MaxConnections is max_connections of the parameter group; 0 takes DefaultMaxConnections of the class.
	MaxConnections int
	// Operations is how many connections are kept free of the product: for RDS's own sessions, which take
	// ordinary ones, and for people who look into a problem.
	Operations int
}

// maxConnections is max_connections and where it comes from.
func (d Database) maxConnections() (int, bool) {
	if d.MaxConnections > 0 {
		return d.MaxConnections, true
	}
	return DefaultMaxConnections(d.InstanceClass)
}

// Connections holds what all pods may connect, at their maxima and in a rollout of all of them, to what the
// database lets in. Paths are relative to the database's settings: instanceClass, maxConnections.
func Connections(database Database, workloads []Workload) (Use, problem.List) {
	var problems problem.List
	maximum, ok := database.maxConnections()
	if !ok {
		problems.Add("maxConnections", "is missing: what %s allows is not known here; run SHOW max_connections on one, or choose a class of the t, m or r families",
			database.InstanceClass)
		return Use{}, problems
	}
	// Above this even all of the instance's memory would not do, by RDS's measure.
	if memory, known := classMemoryGiB(database.InstanceClass); known {
		if most := min(memory*gib/bytesPerConnection, mostDefaultConnection); maximum > most {
			problems.Add("maxConnections", "%d is more than the %d GiB of %s are good for: RDS counts a connection with %d bytes, use at most %d",
				maximum, memory, database.InstanceClass, bytesPerConnection, most)
			return Use{}, problems
		}
	}
	limit := max(maximum-reservedConnections-database.Operations, 0)
	used := connectionsOf(workloads)
	use := Use{Name: "database connections", Used: used, Limit: limit}
	if used > limit {
		problems.Add("instanceClass", "%s = %d connections, but %s has %d for them (max_connections %d, less %d reserved for superusers and %d for operations): %s",
			connectionTerms(workloads), used, database.InstanceClass, limit, maximum, reservedConnections, database.Operations,
			database.remedy(workloads, used-limit))
	}
	return use, problems
}

func connectionsOf(workloads []Workload) int {
	sum := 0
	for _, w := range workloads {
		sum += w.present() * w.Connections
	}
	return sum
}

func connectionTerms(workloads []Workload) string {
	var terms []string
	for _, w := range workloads {
		if w.Connections > 0 {
			terms = append(terms, fmt.Sprintf("%s %s × %d", w.Name, w.counted(), w.Connections))
		}
	}
	return strings.Join(terms, " + ")
}

// remedy says what would fit when there are excess connections too many.
func (d Database) remedy(workloads []Workload, excess int) string {
	var ways []string
	// The workload that has most has most to give.
	var most Workload
	for _, w := range workloads {
		if w.present()*w.Connections > most.present()*most.Connections {
			most = w
		}
	}
	each := most.Connections
	if most.Draining >= most.MaxReplicas {
		each *= 2 // with a replica goes the one that drains for it
	}
	if fewer := (excess + each - 1) / each; most.MaxReplicas > fewer {
		ways = append(ways, fmt.Sprintf("lower %s to %d", most.Name, most.MaxReplicas-fewer))
	} else {
		ways = append(ways, "lower maxima or pools")
	}
	needed := connectionsOf(workloads) + reservedConnections + d.Operations
	if d.MaxConnections > 0 {
		ways = append(ways, fmt.Sprintf("set maxConnections to %d, on a class that has the memory", needed))
	}
	for _, class := range largerClasses(d.InstanceClass) {
		if maximum, _ := DefaultMaxConnections(class); maximum >= needed {
			ways = append(ways, fmt.Sprintf("take %s (%d)", class, maximum-reservedConnections-d.Operations))
			break
		}
	}
	return strings.Join(ways, ", or ")
}
