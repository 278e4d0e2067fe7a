package stacks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/backup"
	"coffee-platform/components/cluster"
	"coffee-platform/components/databaseroles"
	"coffee-platform/components/identity"
	"coffee-platform/components/media"
	"coffee-platform/components/namespace"
	"coffee-platform/components/network"
	"coffee-platform/components/nodepool"
	"coffee-platform/components/postgres"
	"coffee-platform/components/priority"
	"coffee-platform/components/redis"
	"coffee-platform/components/secrets"
	"coffee-platform/stacks/budget"
	"coffee-platform/stacks/callgraph"
)

// productNamespace is the Kubernetes namespace of the product.
const productNamespace = "coffee"

// deployEnvironment composes a whole environment. Settings have been validated.
func deployEnvironment(ctx *pulumi.Context, e *Environment) error {
	uses, _ := e.budgets() // validated
	if err := ctx.Log.Info("What the environment may grow to, and what there is:\n"+budget.Summary(uses...), nil); err != nil {
		return fmt.Errorf("logging: %w", err)
	}
	provider, err := e.newProvider(ctx, "aws", e.Region)
	if err != nil {
		return err
	}
	inAccount := pulumi.Providers(provider)

	vpc, err := network.New(ctx, "network", e.networkArgs(), inAccount)
	if err != nil {
		return err
	}

	clusterArgs := e.clusterArgs()
	clusterArgs.PrivateSubnetIDs = vpc.PrivateSubnetIDs
	kubernetes, err := cluster.New(ctx, "cluster", clusterArgs, inAccount)
	if err != nil {
		return err
	}

	postgresArgs := e.postgresArgs()
	postgresArgs.VPCID = vpc.VPCID
	postgresArgs.SubnetIDs = vpc.DataSubnetIDs
	postgresArgs.Clients = map[string]pulumi.StringInput{"cluster": kubernetes.SecurityGroupID}
	database, err := postgres.New(ctx, "postgres", postgresArgs, inAccount)
	if err != nil {
		return err
	}

	redisArgs := e.redisArgs()
	redisArgs.VPCID = vpc.VPCID
	redisArgs.SubnetIDs = vpc.DataSubnetIDs
	redisArgs.Clients = map[string]pulumi.StringInput{"cluster": kubernetes.SecurityGroupID}
	broker, err := redis.New(ctx, "redis", redisArgs, inAccount)
	if err != nil {
		return err
	}

	bucket, err := media.New(ctx, "media", e.mediaArgs(), inAccount)
	if err != nil {
		return err
	}
	generated, err := secrets.New(ctx, "secrets", e.secretsArgs(), inAccount)
	if err != nil {
		return err
	}

	backups, err := e.deployBackup(ctx, database, bucket, inAccount)
	if err != nil {
		return err
	}

	inCluster := pulumi.Providers(kubernetes.Provider)
	var nodes []pulumi.Resource
	for _, poolArgs := range e.poolArgs() {
		poolArgs.NodeRole = kubernetes.NodeRole
		poolArgs.KeyARN = kubernetes.KeyARN
		poolArgs.SubnetIDs = vpc.PrivateSubnetIDs
		poolArgs.SecurityGroupID = kubernetes.SecurityGroupID
		poolArgs.Access = kubernetes.NodeAccess
		pool, err := nodepool.New(ctx, poolArgs.PoolName, poolArgs, inCluster)
		if err != nil {
			return err
		}
		nodes = append(nodes, pool.Pool)
	}

	product, err := namespace.New(ctx, "product", e.namespaceArgs(), inCluster)
	if err != nil {
		return err
	}
	priorities, err := priority.New(ctx, "priorities", inCluster)
	if err != nil {
		return err
	}
	ready := slices.Concat(nodes, product.Ready, priorities.Ready)

	delivery, err := e.deployExternalSecrets(ctx, kubernetes, product, broker, generated, nodes, inAccount, inCluster)
	if err != nil {
		return err
	}
	scaling, err := e.deployAutoscaling(ctx, kubernetes, product, nodes, inAccount, inCluster)
	if err != nil {
		return err
	}
	front, err := e.deployEdge(ctx, vpc, kubernetes, product, inAccount, inCluster)
	if err != nil {
		return err
	}

	rolesArgs := e.databaseRolesArgs()
	rolesArgs.Namespace = product.Name
	rolesArgs.Cluster = kubernetes.Name
	rolesArgs.DatabaseHost = database.Address
	rolesArgs.MasterSecretARN, rolesArgs.MasterKeyARN = database.MasterSecretARN, database.KeyARN
	rolesArgs.AppSecretARN = generated.Stored[databaseroles.App].ARN
	rolesArgs.MigratorSecretARN = generated.Stored[databaseroles.Migrator].ARN
	rolesArgs.SecretsKeyARN = generated.KeyARN
	rolesArgs.After = slices.Concat(ready, database.Reachable)
	roles, err := databaseroles.New(ctx, "database-roles", rolesArgs, inCluster, inAccount)
	if err != nil {
		return err
	}

	around := &surroundings{
		environment: e, namespace: product.Name, after: slices.Concat(ready, bindings(front)), secretStore: delivery.StoreName,
		database: database, broker: broker, bucket: bucket, secrets: generated,
	}
	running, err := e.deployProduct(ctx, around, kubernetes, roles.Done, inAccount, inCluster)
	if err != nil {
		return err
	}
	if err := e.scaleProduct(ctx, around, running, scaling, front, inCluster); err != nil {
		return err
	}

	ctx.Export("clusterName", kubernetes.Name)
	ctx.Export("kubeconfigCommand", pulumi.Sprintf("aws eks update-kubeconfig --region %s --name %s", e.Region, kubernetes.Name))
	ctx.Export("databaseAddress", database.Address)
	ctx.Export("databaseMasterSecretArn", database.MasterSecretARN)
	ctx.Export("redisAddress", broker.Address)
	ctx.Export("redisAuthTokenSecretArn", broker.AuthTokenSecretARN)
	ctx.Export("mediaBucket", bucket.BucketName)
	ctx.Export("secretArns", generated.ARNs)
	ctx.Export("backupVaultName", backups.VaultName)
	ctx.Export("backupCopyVaultName", backups.CopyVaultName)
	ctx.Export("backupRestoreRoleArn", backups.RestoreRoleARN)
	ctx.Export("natAddresses", vpc.NATAddresses)
	if front != nil {
		ctx.Export("url", front.URL)
	}
	return nil
}

// deployBackup backs up what cannot be made again, into another region too where the settings name one.
func (e *Environment) deployBackup(ctx *pulumi.Context, database *postgres.Postgres, bucket *media.Media, inAccount pulumi.ResourceOption) (*backup.Backup, error) {
	args := e.backupArgs()
	args.Databases = map[string]backup.Database{"postgres": {
		ARN:             database.InstanceARN,
		SubnetGroupName: database.SubnetGroupName,
		SecurityGroupID: database.SecurityGroupID,
	}}
	args.Buckets = map[string]pulumi.StringInput{"media": bucket.BucketARN}
	if args.CopyRegion != "" {
		provider, err := e.newProvider(ctx, "aws-"+args.CopyRegion, args.CopyRegion)
		if err != nil {
			return nil, err
		}
		args.CopyProvider = provider
	}
	return backup.New(ctx, "backup", args, inAccount)
}

// nameInAWS is the name of what is one of its kind in an environment.
func (e *Environment) nameInAWS() string { return "coffee-" + e.stack }

// protects tells whether Pulumi refuses to delete or replace what a component keeps.
func (e *Environment) protects(component string) bool {
	return !slices.Contains(e.Unprotected, component)
}

// appliesImmediately tells whether data stores change at once, as in dev; elsewhere they do in their window.
func (e *Environment) appliesImmediately() bool { return e.Tier == Dev }

// The functions below are the plain half of each component's arguments: what validation looks at before
// anything exists, and what composition then completes with the outputs of other components.

func (e *Environment) networkArgs() *network.Args {
	return &network.Args{
		CIDR:                 e.Network.CIDR,
		Region:               e.Region,
		AccountID:            e.AccountID,
		Zones:                e.Network.Zones,
		NAT:                  network.NATMode(e.Network.NAT),
		InterfaceEndpoints:   e.Network.InterfaceEndpoints,
		FlowLogRetentionDays: e.Network.FlowLogRetentionDays,
		Protect:              e.protects("network"),
	}
}

func (e *Environment) clusterArgs() *cluster.Args {
	return &cluster.Args{
		ClusterName:        e.nameInAWS(),
		Region:             e.Region,
		AccountID:          e.AccountID,
		Version:            e.Cluster.Version,
		PublicAccessCIDRs:  e.Cluster.PublicAccessCIDRs,
		PrivateAccessCIDRs: []string{e.Network.CIDR},
		Admins:             e.Cluster.Admins,
		LogTypes:           e.Cluster.LogTypes,
		LogRetentionDays:   e.Cluster.LogRetentionDays,
		DeletionProtection: e.Cluster.DeletionProtection,
		Protect:            e.protects("cluster"),
	}
}

// generalPoolArgs are of the pool for everything that has no pool of its own: nodes are used well.
func (e *Environment) generalPoolArgs() *nodepool.Args {
	return e.NodePools.General.args("general", e.allTags())
}

// renderPoolArgs are of the pool for renders: nothing else runs there, and no render is moved to save a node.
func (e *Environment) renderPoolArgs() *nodepool.Args {
	args := e.NodePools.Render.args("render", e.allTags())
	args.Dedicated = true
	args.OnlyWhenEmpty = true
	return args
}

// gpuPoolArgs are of the pool for what needs a GPU: nothing else runs there, and nothing is moved.
func (e *Environment) gpuPoolArgs() *nodepool.Args {
	args := e.NodePools.GPU.args("gpu", e.allTags())
	args.MaxGPUs = e.NodePools.GPU.MaxGPUs
	args.Dedicated = true
	args.OnlyWhenEmpty = true
	return args
}

// poolArgs are of all pools there are.
func (e *Environment) poolArgs() []*nodepool.Args {
	pools := []*nodepool.Args{e.generalPoolArgs(), e.renderPoolArgs()}
	if e.NodePools.GPU.MaxGPUs > 0 {
		pools = append(pools, e.gpuPoolArgs())
	}
	return pools
}

func (p *NodePool) args(name string, tags map[string]string) *nodepool.Args {
	return &nodepool.Args{
		PoolName:     name,
		Families:     p.Families,
		CPUs:         p.CPUs,
		MaxCPU:       p.MaxCPU,
		MaxMemoryGiB: p.MaxMemoryGiB,
		DiskGiB:      p.DiskGiB,
		DrainMinutes: p.DrainMinutes,
		Tags:         tags,
	}
}

func (e *Environment) postgresArgs() *postgres.Args {
	return &postgres.Args{
		Identifier:          e.nameInAWS(),
		Version:             e.Postgres.Version,
		InstanceClass:       e.Postgres.InstanceClass,
		DatabaseName:        e.Postgres.DatabaseName,
		StorageGiB:          e.Postgres.StorageGiB,
		MaxStorageGiB:       e.Postgres.MaxStorageGiB,
		MaxConnections:      e.Postgres.MaxConnections,
		MultiAZ:             e.Postgres.MultiAZ,
		BackupRetentionDays: e.Postgres.BackupRetentionDays,
		LogRetentionDays:    e.Postgres.LogRetentionDays,
		EnhancedMonitoring:  e.Postgres.EnhancedMonitoring,
		ApplyImmediately:    e.appliesImmediately(),
		DeletionProtection:  e.Postgres.DeletionProtection,
		FinalSnapshot:       e.Postgres.FinalSnapshot,
		Protect:             e.protects("postgres"),
		Region:              e.Region,
		AccountID:           e.AccountID,
	}
}

// The hours in which AWS may work on the broker, in UTC: while the product's users, in the Americas and
// Europe, sleep, and the snapshot before the maintenance.
const (
	snapshotWindow    = "03:00-04:00"
	maintenanceWindow = "sun:05:00-sun:06:00"
)

func (e *Environment) redisArgs() *redis.Args {
	return &redis.Args{
		Engine:                e.Redis.Engine,
		Version:               e.Redis.Version,
		NodeType:              e.Redis.NodeType,
		Nodes:                 e.Redis.Nodes,
		MultiAZ:               e.Redis.MultiAZ,
		SnapshotRetentionDays: e.Redis.SnapshotRetentionDays,
		SnapshotWindow:        snapshotWindow,
		MaintenanceWindow:     maintenanceWindow,
		ApplyImmediately:      e.appliesImmediately(),
		LogRetentionDays:      e.Redis.LogRetentionDays,
		AuthTokenEpoch:        e.Redis.AuthTokenEpoch,
		KeepPreviousAuthToken: e.Redis.KeepPreviousAuthToken,
		FinalSnapshot:         e.Redis.FinalSnapshot,
		Protect:               e.protects("redis"),
		Region:                e.Region,
		AccountID:             e.AccountID,
	}
}

// intermediatePrefix is where the render service keeps what it needs only while it renders.
const intermediatePrefix = "intermediate/"

// origins are where pages are served from that use the bucket: the product's own, and those that the settings add.
func (e *Environment) origins() []string {
	origins := slices.Clone(e.Media.Origins)
	if own := "https://" + e.Edge.Domain; e.Edge.Domain != "" && !slices.Contains(origins, own) {
		origins = append(origins, own)
	}
	return origins
}

func (e *Environment) mediaArgs() *media.Args {
	return &media.Args{
		AccountID:                 e.AccountID,
		Origins:                   e.origins(),
		IntermediatePrefix:        intermediatePrefix,
		IntermediateRetentionDays: e.Media.IntermediateRetentionDays,
		OldVersionRetentionDays:   e.Media.OldVersionRetentionDays,
		AccessLogRetentionDays:    e.Media.AccessLogRetentionDays,
		ForceDestroy:              e.Media.ForceDestroy,
		Protect:                   e.protects("media"),
	}
}

func (e *Environment) backupArgs() *backup.Args {
	return &backup.Args{
		RetentionDays:     e.Backup.RetentionDays,
		Region:            e.Region,
		CopyRegion:        e.Backup.CopyRegion,
		CopyRetentionDays: e.Backup.CopyRetentionDays,
		LockDays:          e.Backup.LockDays,
		RestoreTest:       e.Backup.RestoreTest,
		ForceDestroy:      e.Backup.ForceDestroy,
		Protect:           e.protects("backup"),
	}
}

// jwtKey is the key that signs the product's tokens.
const jwtKey = "jwt"

func (e *Environment) secretsArgs() *secrets.Args {
	return &secrets.Args{
		Keys: map[string]secrets.Rotation{jwtKey: e.Secrets.JWT.rotation()},
		Roles: map[string]secrets.Rotation{
			databaseroles.App:      e.Secrets.Database.rotation(),
			databaseroles.Migrator: e.Secrets.Database.rotation(),
		},
		Protect: e.protects("secrets"),
	}
}

func (e *Environment) databaseRolesArgs() *databaseroles.Args {
	return &databaseroles.Args{
		App:           e.Secrets.Database.rotation(),
		Migrator:      e.Secrets.Database.rotation(),
		DatabaseName:  e.Postgres.DatabaseName,
		DatabasePort:  postgres.Port,
		NamespaceName: productNamespace,
		Region:        e.Region,
		AccountID:     e.AccountID,
		ClusterName:   e.nameInAWS(),
		Priority:      priority.Working,
		Rules:         e.rules(callgraph.DatabaseRoles),
	}
}

func (r Rotation) rotation() secrets.Rotation {
	return secrets.Rotation{Epoch: r.Epoch, PreviousEpoch: r.PreviousEpoch}
}

// identityArgs are of the identity of the pods of a service account.
func (e *Environment) identityArgs(serviceAccount string, kubernetes *cluster.Cluster, permissions pulumi.StringInput) *identity.Args {
	return &identity.Args{
		Namespace:      productNamespace,
		ServiceAccount: serviceAccount,
		Region:         e.Region,
		AccountID:      e.AccountID,
		ClusterName:    e.nameInAWS(),
		Cluster:        kubernetes.Name,
		Permissions:    permissions,
	}
}
