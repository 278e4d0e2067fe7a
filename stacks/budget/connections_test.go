package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func product(apiReplicas int) []Workload {
	return []Workload{
		{Name: "api", MaxReplicas: apiReplicas, MaxSurge: 1, Draining: 1, Connections: 15},
		{Name: "transcription", MaxReplicas: 8, MaxSurge: 1, Draining: 8, Connections: 2},
		{Name: "frontend", MaxReplicas: 4, MaxSurge: 1},
		{Name: "migration", MaxReplicas: 1, Connections: 1},
	}
}

// The product above with 6 API pods holds 8 × 15 + 17 × 2 + 1 = 155 connections.
func TestConnectionsAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name     string
		database Database
		want     []string
	}{
		{"fits exactly", Database{InstanceClass: "db.t4g.small", MaxConnections: 165, Operations: 5}, nil},
		{"one too few", Database{InstanceClass: "db.t4g.small", MaxConnections: 164, Operations: 5}, []string{
			"instanceClass: api (6 + 1 surge + 1 draining) × 15 + transcription (8 + 1 surge + 8 draining) × 2 + migration 1 × 1 = 155 connections, " +
				"but db.t4g.small has 154 for them (max_connections 164, less 5 reserved for superusers and 5 for operations): " +
				"lower api to 5, or set maxConnections to 165, on a class that has the memory, or take db.t4g.medium (378)"}},
		{"one reserved too many", Database{InstanceClass: "db.t4g.small", MaxConnections: 165, Operations: 6}, []string{
			"instanceClass: api (6 + 1 surge + 1 draining) × 15 + transcription (8 + 1 surge + 8 draining) × 2 + migration 1 × 1 = 155 connections, " +
				"but db.t4g.small has 154 for them (max_connections 165, less 5 reserved for superusers and 6 for operations): " +
				"lower api to 5, or set maxConnections to 166, on a class that has the memory, or take db.t4g.medium (377)"}},
		{"the class's own", Database{InstanceClass: "db.t4g.small", Operations: 5}, nil},
		{"the class's own, too few", Database{InstanceClass: "db.t4g.micro", Operations: 5}, []string{
			"instanceClass: api (6 + 1 surge + 1 draining) × 15 + transcription (8 + 1 surge + 8 draining) × 2 + migration 1 × 1 = 155 connections, " +
				"but db.t4g.micro has 57 for them (max_connections 67, less 5 reserved for superusers and 5 for operations): " +
				"lower maxima or pools, or take db.t4g.small (164)"}},
		{"more than memory is good for", Database{InstanceClass: "db.t4g.micro", MaxConnections: 113}, []string{
			"maxConnections: 113 is more than the 1 GiB of db.t4g.micro are good for: RDS counts a connection with 9531392 bytes, use at most 112"}},
		{"more than RDS allows by default", Database{InstanceClass: "db.r7g.16xlarge", MaxConnections: 5001}, []string{
			"maxConnections: 5001 is more than the 512 GiB of db.r7g.16xlarge are good for: RDS counts a connection with 9531392 bytes, use at most 5000"}},
		{"unknown class", Database{InstanceClass: "db.x2g.large"}, []string{
			"maxConnections: is missing: what db.x2g.large allows is not known here; run SHOW max_connections on one, or choose a class of the t, m or r families"}},
		{"unknown class that was asked", Database{InstanceClass: "db.x2g.large", MaxConnections: 3000}, nil},
		{"nothing left", Database{InstanceClass: "db.t4g.micro", MaxConnections: 4}, []string{
			"instanceClass: api (6 + 1 surge + 1 draining) × 15 + transcription (8 + 1 surge + 8 draining) × 2 + migration 1 × 1 = 155 connections, " +
				"but db.t4g.micro has 0 for them (max_connections 4, less 5 reserved for superusers and 0 for operations): " +
				"lower maxima or pools, or set maxConnections to 160, on a class that has the memory, or take db.t4g.small (169)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := Connections(c.database, product(6))
			assert.Equal(t, c.want, texts(problems))
		})
	}
}

func TestConnectionsInUse(t *testing.T) {
	use, _ := Connections(Database{InstanceClass: "db.t4g.small", Operations: 5}, product(6))
	assert.Equal(t, Use{Name: "database connections", Used: 155, Limit: 164}, use)
}

// What a refusal proposes has to be accepted.
func TestRemediesOfConnectionsFit(t *testing.T) {
	_, refused := Connections(Database{InstanceClass: "db.t4g.small", MaxConnections: 164, Operations: 5}, product(6))
	assert.NotEmpty(t, refused)
	_, problems := Connections(Database{InstanceClass: "db.t4g.small", MaxConnections: 164, Operations: 5}, product(5))
	assert.Empty(t, problems)
	_, problems = Connections(Database{InstanceClass: "db.t4g.medium", Operations: 5}, product(6))
	assert.Empty(t, problems)
}

// Of a worker whose pods all drain at once, each replica counts twice.
func TestARemedyForWhatDrainsAsAWhole(t *testing.T) {
	worker := func(replicas int) []Workload {
		return []Workload{{Name: "worker", MaxReplicas: replicas, Draining: replicas, Connections: 10}}
	}
	database := Database{InstanceClass: "db.t4g.small", MaxConnections: 65}
	_, problems := Connections(database, worker(4))
	assert.ErrorContains(t, problems.Err(), "worker (4 + 4 draining) × 10 = 80 connections, but db.t4g.small has 60")
	assert.ErrorContains(t, problems.Err(), "lower worker to 3")
	_, problems = Connections(database, worker(3))
	assert.Empty(t, problems)
}
