package stacks

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"coffee-platform/components/cluster"
	"coffee-platform/components/network"
	"coffee-platform/internal/awsname"
	"coffee-platform/internal/problem"
)

var (
	registryHost   = regexp.MustCompile(`^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$`)
	imageDigest    = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	singleAddress  = regexp.MustCompile(`/32$`)
	reservedPrefix = []string{"aws:", "coffee:"}
)

// What prod requires, beyond what its defaults are.
const (
	// prodBackupRetentionDays is AWS's own floor for data that matters (Security Hub control RDS.11).
	prodBackupRetentionDays = 7
	// prodReplicas survive the loss of one pod.
	prodReplicas = 2
	// maxOpeningDays is enough for a first deployment that does not go well.
	maxOpeningDays = 14
	// prodZones survive the loss of one zone with two left to spread over.
	prodZones = 3
)

// validate reports everything about an account's settings that cannot be.
func (a *Account) validate() problem.List {
	var problems problem.List
	if !awsname.IsRegion(a.Region) {
		problems.Add("aws:region", "%q is not an AWS region: set it to one like us-east-1", a.Region)
	}
	if !awsname.IsAccountID(a.AccountID) {
		problems.Add("accountId", "%q is not an AWS account id: write its twelve digits, in quotes", a.AccountID)
	}
	for key := range a.Tags {
		for _, reserved := range reservedPrefix {
			if strings.HasPrefix(key, reserved) {
				problems.Add("tags."+key, "keys that start with %s are taken: use another", reserved)
			}
		}
	}
	return problems
}

// validate reports everything about an environment's settings that cannot be: what the components
// refuse, and what does not fit together or the tier.
func (e *Environment) validate(today time.Time) problem.List {
	problems := e.Account.validate()
	validateUnprotected(&problems, e.Unprotected, StatefulComponents)
	problems.AddUnder("network", e.networkArgs().Validate())
	problems.AddUnder("cluster", e.clusterArgs().Validate())
	problems.AddUnder("nodePools.general", e.generalPoolArgs().Validate())
	problems.AddUnder("nodePools.render", e.renderPoolArgs().Validate())
	problems.AddUnder("nodePools.gpu", e.gpuPoolArgs().Validate())
	problems.AddUnder("postgres", e.postgresArgs().Validate())
	problems.AddUnder("redis", e.redisArgs().Validate())
	problems.AddUnder("media", e.mediaArgs().Validate())
	problems.AddUnder("backup", e.backupArgs().Validate())
	problems.AddUnder("secrets.jwt", e.Secrets.JWT.rotation().Validate())
	problems.AddUnder("secrets.database", e.Secrets.Database.rotation().Validate())
	e.validateImages(&problems)
	e.validateProduct(&problems)
	e.validateEdge(&problems)

	vpc, err := netip.ParsePrefix(e.Network.CIDR)
	if services := netip.MustParsePrefix(cluster.ServiceCIDR); err == nil && vpc.Overlaps(services) {
		problems.Add("network.cidr", "%s meets %s, the addresses of the cluster's Services: use another block", vpc, services)
	}
	if e.Network.NAT == string(network.NATNone) {
		problems.Add("network.nat", "none leaves nodes without a way to pull images: use single or perZone")
	}
	e.validateOpening(&problems, today)
	switch e.Tier {
	case Dev, Staging:
	case Prod:
		e.validateProd(&problems)
	default:
		problems.Add("tier", "%q is not a tier: use dev, staging or prod", e.Tier)
	}
	if len(problems) > 0 {
		return problems // what is wrong by itself fits nowhere
	}
	_, problems = e.budgets()
	return problems
}

func (e *Environment) validateImages(problems *problem.List) {
	named := false
	for path, digest := range map[string]string{
		"backend": e.Images.Backend, "migrations": e.Images.Migrations, "render": e.Images.Render, "frontend": e.Images.Frontend,
	} {
		named = named || digest != ""
		if digest != "" && !imageDigest.MatchString(digest) {
			problems.Add("images."+path, "%q is not a digest: write sha256:<64 hexadecimal digits>, as the registry shows it", digest)
		}
	}
	if e.Images.Migrations != "" && e.Images.Backend == "" {
		problems.Add("images.migrations", "is set without backend: it says whose migrations the database has when another backend runs")
	}
	switch {
	case e.Images.Registry == "" && (named || len(e.Services) > 0):
		problems.Add("images.registry", "is missing: name the registry of the shared stack, <account>.dkr.ecr.<region>.amazonaws.com")
	case e.Images.Registry != "" && !registryHost.MatchString(e.Images.Registry):
		problems.Add("images.registry", "%q is not an ECR registry: write <account>.dkr.ecr.<region>.amazonaws.com", e.Images.Registry)
	}
}

// validateProd reports what prod requires and these settings do not give.
func (e *Environment) validateProd(problems *problem.List) {
	if len(e.Network.Zones) < prodZones {
		problems.Add("network.zones", "%d zones: prod requires %d", len(e.Network.Zones), prodZones)
	}
	if e.Network.NAT == string(network.NATSingle) {
		problems.Add("network.nat", "single: prod requires perZone, or one zone's loss cuts off all")
	}
	if e.Postgres.BackupRetentionDays < prodBackupRetentionDays {
		problems.Add("postgres.backupRetentionDays", "%d is below the %d days prod requires", e.Postgres.BackupRetentionDays, prodBackupRetentionDays)
	}
	if !e.Postgres.MultiAZ {
		problems.Add("postgres.multiAz", "false: prod requires true, or a zone's loss takes the database")
	}
	if !e.Redis.MultiAZ {
		problems.Add("redis.multiAz", "false: prod requires true, or a zone's loss takes every queue")
	}
	if e.Redis.SnapshotRetentionDays < 1 {
		problems.Add("redis.snapshotRetentionDays", "%d: prod requires at least 1", e.Redis.SnapshotRetentionDays)
	}
	if e.Backup.CopyRegion == "" {
		problems.Add("backup.copyRegion", "is empty: prod requires copies in another region, or whatever takes this one takes the backups too")
	}
	for path, replicas := range map[string]int{"api": e.API.MinReplicas, "frontend": e.Frontend.MinReplicas} {
		if replicas < prodReplicas {
			problems.Add(path+".minReplicas", "%d: prod requires at least %d", replicas, prodReplicas)
		}
	}
}

// validateOpening holds prod's endpoint to being private, but for one address until one day soon: whoever
// makes the first deployment from outside the VPC (docs/decisions/0006-private-endpoint.md). The day is one in
// every tier.
func (e *Environment) validateOpening(problems *problem.List, today time.Time) {
	open := e.Tier == Prod && len(e.Cluster.PublicAccessCIDRs) > 0
	until, err := time.Parse(time.DateOnly, e.Cluster.PublicAccessUntil)
	if err != nil && (open || e.Cluster.PublicAccessUntil != "") {
		problems.Add("cluster.publicAccessUntil", "%q is not a day: write until when prod's endpoint is open, like 2026-11-01, in quotes", e.Cluster.PublicAccessUntil)
	}
	if !open {
		return
	}
	for i, cidr := range e.Cluster.PublicAccessCIDRs {
		if !singleAddress.MatchString(cidr) {
			problems.Add(fmt.Sprintf("cluster.publicAccessCidrs[%d]", i), "%s: prod's endpoint is private; for its first deployment open it to one address, a /32", cidr)
		}
	}
	switch {
	case err != nil:
	case today.After(until.AddDate(0, 0, 1)):
		problems.Add("cluster.publicAccessUntil", "%s is over: remove publicAccessCidrs, and deploy from inside the VPC", e.Cluster.PublicAccessUntil)
	case until.After(today.AddDate(0, 0, maxOpeningDays)):
		problems.Add("cluster.publicAccessUntil", "%s is more than %d days away: prod's endpoint is open only while it is needed", e.Cluster.PublicAccessUntil, maxOpeningDays)
	}
}

// validateUnprotected holds a list of unprotected components to the names there are.
func validateUnprotected(problems *problem.List, unprotected, stateful []string) {
	for i, name := range unprotected {
		if !slices.Contains(stateful, name) {
			problems.Add(fmt.Sprintf("unprotected[%d]", i), "%q keeps no data: use some of %s", name, strings.Join(stateful, ", "))
		}
	}
}

// validate reports everything about a shared stack's settings that cannot be.
func (s *Shared) validate() problem.List {
	problems := s.Account.validate()
	validateUnprotected(&problems, s.Unprotected, []string{"registry"})
	problems.AddUnder("registry", s.registryArgs().Validate())
	problems.AddUnder("ci", s.ciArgs().Validate())
	if !slices.Contains(s.Registry.Repositories, backendRepository) {
		problems.Add("registry.repositories", "%s is missing: environments pull it", backendRepository)
	}
	return problems
}
