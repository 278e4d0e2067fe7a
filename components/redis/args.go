package redis

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/logretention"
	"coffee-platform/internal/problem"
)

// Args describe a replication group. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Engine is "redis" or "valkey", which speak the same protocol. Going from redis to valkey is an
	// upgrade in place, the way back a new and empty group.
	Engine string
	// Version is the major and minor version of the engine; see Families. ElastiCache applies patches.
	Version string
	// NodeType is the size of each node: "cache.t4g.small".
	NodeType string
	// Nodes is how many nodes hold the data: one primary, the others its replicas.
	Nodes int
	// MultiAZ keeps the nodes in different zones, and has a replica take over when the primary fails.
	MultiAZ bool
	// SnapshotRetentionDays is how long daily snapshots are kept, in days; 0 takes none.
	SnapshotRetentionDays int
	// SnapshotWindow is when the daily snapshot begins, MaintenanceWindow when AWS may patch nodes, both
	// in UTC and an hour long at least: "03:00-04:00", "sun:05:00-sun:06:00".
	SnapshotWindow    string
	MaintenanceWindow string
	// ApplyImmediately has changes to nodes made at once, not in the maintenance window.
	ApplyImmediately bool
	// LogRetentionDays is how long slow and engine logs are kept, in days; one of the values CloudWatch
	// Logs takes.
	LogRetentionDays int
	// AuthTokenEpoch is the day the AUTH token is of, "2026-11-01": another day makes another token.
	AuthTokenEpoch string
	// KeepPreviousAuthToken has the token before this one accepted as well.
	KeepPreviousAuthToken bool
	// FinalSnapshot has a last snapshot taken when the group is deleted, and the key kept that it is encrypted with.
	FinalSnapshot bool
	// Protect makes Pulumi refuse to delete or replace the group, its token and its key. ElastiCache itself
	// has no such protection.
	Protect bool
	// Region and AccountID are where the group is: for who may use the key of its logs.
	Region    string
	AccountID string

	// VPCID and SubnetIDs place the nodes; the subnets must have no route to the internet.
	VPCID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// Clients are the security groups that may connect, each under a name that says who it is.
	Clients map[string]pulumi.StringInput
}

// Port is the port clients connect to.
const Port = 6379

// Families are the parameter group families of the supported versions, by engine and version
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html). ElastiCache
// goes no further with Redis than 7.1.
var Families = map[string]map[string]string{
	"redis":  {"7.1": "redis7"},
	"valkey": {"8.0": "valkey8", "8.1": "valkey8", "8.2": "valkey8"},
}

// Bounds of AWS (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html).
const (
	maxNodes                 = 6
	maxSnapshotRetentionDays = 35
	minWindow                = time.Hour
)

var (
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
	nodeType = regexp.MustCompile(`^cache\.[a-z]\d[a-z]*\.(micro|small|medium|large|\d*xlarge)$`)
	// Formats of API_CreateReplicationGroup.html.
	snapshotWindow    = regexp.MustCompile(`^(\d\d:\d\d)-(\d\d:\d\d)$`)
	maintenanceWindow = regexp.MustCompile(`^([a-z]{3}):(\d\d:\d\d)-([a-z]{3}):(\d\d:\d\d)$`)
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if versions, ok := Families[a.Engine]; !ok {
		problems.Add("engine", "%q is not a supported engine: use one of %v", a.Engine, slices.Sorted(maps.Keys(Families)))
	} else if _, ok := versions[a.Version]; !ok {
		problems.Add("version", "%q is not a supported version of %s: use one of %v, in quotes", a.Version, a.Engine, slices.Sorted(maps.Keys(versions)))
	}
	if !nodeType.MatchString(a.NodeType) {
		problems.Add("nodeType", "%q is not an ElastiCache node type: write one like cache.t4g.small", a.NodeType)
	}
	if a.Nodes < 1 || a.Nodes > maxNodes {
		problems.Add("nodes", "%d is outside 1 to %d", a.Nodes, maxNodes)
	} else if a.MultiAZ && a.Nodes < 2 {
		problems.Add("nodes", "%d leaves nothing to fail over to: multiAz needs at least 2", a.Nodes)
	}
	if a.SnapshotRetentionDays < 0 || a.SnapshotRetentionDays > maxSnapshotRetentionDays {
		problems.Add("snapshotRetentionDays", "%d is outside 0 to %d days", a.SnapshotRetentionDays, maxSnapshotRetentionDays)
	}
	a.validateWindows(&problems)
	logretention.Validate(&problems, "logRetentionDays", a.LogRetentionDays)
	if _, err := time.Parse(time.DateOnly, a.AuthTokenEpoch); err != nil {
		problems.Add("authTokenEpoch", "%q is not a day: write it like 2026-11-01, in quotes", a.AuthTokenEpoch)
	}
	return problems
}

func (a *Args) validateWindows(problems *problem.List) {
	if parts := snapshotWindow.FindStringSubmatch(a.SnapshotWindow); parts == nil {
		problems.Add("snapshotWindow", "%q is not a daily window: write one like 03:00-04:00", a.SnapshotWindow)
	} else if err := validateWindow(24*time.Hour, "", parts[1], "", parts[2]); err != nil {
		problems.Add("snapshotWindow", "%q %s", a.SnapshotWindow, err)
	}
	if parts := maintenanceWindow.FindStringSubmatch(a.MaintenanceWindow); parts == nil {
		problems.Add("maintenanceWindow", "%q is not a weekly window: write one like sun:05:00-sun:06:00", a.MaintenanceWindow)
	} else if err := validateWindow(7*24*time.Hour, parts[1], parts[2], parts[3], parts[4]); err != nil {
		problems.Add("maintenanceWindow", "%q %s", a.MaintenanceWindow, err)
	}
}

// weekdays are the names AWS has for the days of the week; a daily window has no day.
var weekdays = map[string]int{"": 0, "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}

// validateWindow holds a window, which comes again after a period, to times there are and to AWS's
// shortest length.
func validateWindow(period time.Duration, fromDay, from, toDay, to string) error {
	at := func(day, clock string) (time.Duration, error) {
		days, ok := weekdays[day]
		if !ok {
			return 0, fmt.Errorf("has no day %s: use mon, tue, wed, thu, fri, sat or sun", day)
		}
		t, err := time.Parse("15:04", clock)
		if err != nil {
			return 0, fmt.Errorf("has no time %s: use 00:00 to 23:59", clock)
		}
		return time.Duration(days)*24*time.Hour + time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
	}
	begin, err := at(fromDay, from)
	if err != nil {
		return err
	}
	end, err := at(toDay, to)
	if err != nil {
		return err
	}
	if (end-begin+period)%period < minWindow {
		return errors.New("is shorter than an hour, the least AWS takes")
	}
	return nil
}
