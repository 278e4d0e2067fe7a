package reach

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// Engines by the names that AWS gives them, and the port of each.
func TestEveryEngineHasItsPort(t *testing.T) {
	for engine, port := range map[string]int64{
		"postgres": 5432, "aurora-postgresql": 5432, "POSTGRESQL": 5432, "aurora-mysql": 3306, "mysql": 3306, "mariadb": 3306,
		"oracle-ee": 1521, "oracle-se2-cdb": 1521, "custom-oracle-ee": 1521, "sqlserver-ex": 1433, "custom-sqlserver-web": 1433,
		"db2-se": 50000, "redis": 6379, "valkey": 6379, "memcached": 11211,
	} {
		r := rule.Resource{Type: RDSInstance, Inputs: rule.NewValue("db", resource.PropertyMap{"engine": resource.NewProperty(engine)})}
		if found := portOf(r); assert.NotNil(t, found, engine) {
			assert.Equal(t, port, *found, engine)
		}
	}
	r := rule.Resource{Type: RDSInstance, Inputs: rule.NewValue("db", resource.PropertyMap{"engine": resource.NewProperty("neptune")})}
	assert.Nil(t, portOf(r), "an engine that is not one of them")
	assert.Empty(t, EngineOf(rule.Resource{Type: RDSInstance}), "a database that names none")
	assert.Equal(t, "redis", EngineOf(rule.Resource{Type: ReplicationGroup}), "what a replication group is by itself")
	r.Type, r.Inputs = ReplicationGroup, rule.NewValue("db", resource.PropertyMap{"engine": resource.NewProperty("valkey")})
	assert.Equal(t, "valkey", EngineOf(r))
}
