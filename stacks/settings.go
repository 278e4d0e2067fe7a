package stacks

// Project is the name of the Pulumi project, and the namespace of its configuration keys.
const Project = "coffee-platform"

// Kind is what a stack is.
type Kind string

const (
	// KindEnvironment is a whole environment: network, cluster, data stores, product.
	KindEnvironment Kind = "environment"
	// KindShared is what all environments share.
	KindShared Kind = "shared"
)

// Tier is what an environment is for. It decides the defaults, and what must hold.
type Tier string

// The tiers, from the one that may break to the one that may not.
const (
	Dev     Tier = "dev"
	Staging Tier = "staging"
	Prod    Tier = "prod"
)

// Account is where a stack lives. Every stack has these settings.
type Account struct {
	// stack is the stack's name.
	stack string
	// Region is the AWS region, from the key aws:region.
	Region string
	// AccountID is the AWS account; credentials of any other are refused.
	AccountID string `json:"accountId"`
	// Tags are put on everything, next to those the project puts there itself.
	Tags map[string]string `json:"tags"`
}

// StatefulComponents are the components of an environment that keep what cannot be made again: data, and
// the keys it is encrypted with.
var StatefulComponents = []string{"network", "cluster", "postgres", "redis", "media", "secrets", "backup", "edge"}

// Environment is the settings of a stack of kind environment.
type Environment struct {
	Account
	// Tier is what the environment is for.
	Tier Tier `json:"tier"`
	// Unprotected names the components that Pulumi may delete, or replace, with the data in them; all others
	// it refuses to. One of StatefulComponents.
	Unprotected []string `json:"unprotected"`
	// Network is the VPC.
	Network Network `json:"network"`
	// Cluster is the EKS cluster.
	Cluster Cluster `json:"cluster"`
	// NodePools are the cluster's node pools.
	NodePools NodePools `json:"nodePools"`
	// Postgres is the database.
	Postgres Postgres `json:"postgres"`
	// Redis is the broker and cache.
	Redis Redis `json:"redis"`
	// Media is the bucket for uploads and renders.
	Media Media `json:"media"`
	// Backup is the backups of the database and the bucket.
	Backup Backup `json:"backup"`
	// Secrets says of which days the generated secrets are.
	Secrets Secrets `json:"secrets"`
	// Images says which images run.
	Images Images `json:"images"`
	// LogLevel is how much the product logs: debug, info, warning or error.
	LogLevel string `json:"logLevel"`
	// API is the product's API.
	API API `json:"api"`
	// Workers are the consumers of the product's queues.
	Workers Workers `json:"workers"`
	// Render is the render service and who calls it.
	Render Render `json:"render"`
	// Frontend is the product's pages.
	Frontend Frontend `json:"frontend"`
	// Services are more services of the product, by name.
	Services map[string]Service `json:"services"`
	// Edge is what the internet meets.
	Edge Edge `json:"edge"`
	// AccountQuotas are what AWS lets the account have.
	AccountQuotas AccountQuotas `json:"accountQuotas"`
}

// Network is the settings of the VPC.
type Network struct {
	// CIDR is the VPC's IPv4 block, /16 to /20.
	CIDR string `json:"cidr"`
	// Zones are the availability zones by name. Append, never reorder.
	Zones []string `json:"zones"`
	// NAT is how private subnets reach the internet: none, single or perZone.
	NAT string `json:"nat"`
	// InterfaceEndpoints are AWS services to reach without NAT: "ecr.api", "secretsmanager".
	InterfaceEndpoints []string `json:"interfaceEndpoints"`
	// FlowLogRetentionDays is how long flow logs are kept, in days.
	FlowLogRetentionDays int `json:"flowLogRetentionDays"`
}

// Cluster is the settings of the EKS cluster.
type Cluster struct {
	// Version is the Kubernetes version.
	Version string `json:"version"`
	// PublicAccessCIDRs may reach the API endpoint over the internet; with none, it is private.
	PublicAccessCIDRs []string `json:"publicAccessCidrs"`
	// PublicAccessUntil is the last day they may in prod, "2026-12-01".
	PublicAccessUntil string `json:"publicAccessUntil"`
	// Admins are the ARNs of IAM roles that may do everything in the cluster.
	Admins []string `json:"admins"`
	// LogTypes are the control-plane logs that are kept.
	LogTypes []string `json:"logTypes"`
	// LogRetentionDays is how long they are kept, in days.
	LogRetentionDays int `json:"logRetentionDays"`
	// DeletionProtection makes AWS refuse to delete the cluster.
	DeletionProtection bool `json:"deletionProtection"`
}

// NodePools is the settings of the cluster's node pools.
type NodePools struct {
	// General is for everything that has no pool of its own.
	General NodePool `json:"general"`
	// Render is for renders only.
	Render NodePool `json:"render"`
	// GPU is for what needs a GPU; there is none while its MaxGPUs is 0.
	GPU GPUPool `json:"gpu"`
}

// GPUPool is the settings of a node pool with GPUs.
type GPUPool struct {
	NodePool
	// MaxGPUs is how many GPUs all nodes together may have; 0 makes no pool.
	MaxGPUs int `json:"maxGpus"`
}

// NodePool is the settings of a node pool.
type NodePool struct {
	// Families are the instance families to choose from, CPUs the sizes in vCPUs.
	Families []string `json:"families"`
	CPUs     []int    `json:"cpus"`
	// MaxCPU and MaxMemoryGiB are what all nodes together may grow to.
	MaxCPU       int `json:"maxCpu"`
	MaxMemoryGiB int `json:"maxMemoryGiB"`
	// DiskGiB is a node's ephemeral storage.
	DiskGiB int `json:"diskGiB"`
	// DrainMinutes is how long an expiring node waits for its pods.
	DrainMinutes int `json:"drainMinutes"`
}

// Postgres is the settings of the database.
type Postgres struct {
	// Version is the major version of PostgreSQL.
	Version string `json:"version"`
	// InstanceClass is the size of the instance.
	InstanceClass string `json:"instanceClass"`
	// DatabaseName is the database made with the instance.
	DatabaseName string `json:"databaseName"`
	// StorageGiB is the storage to start with, MaxStorageGiB what it may grow to by itself.
	StorageGiB    int `json:"storageGiB"`
	MaxStorageGiB int `json:"maxStorageGiB"`
	// MaxConnections is how many connections the database lets in; 0 is RDS's own number for the class.
	MaxConnections int `json:"maxConnections"`
	// MultiAZ keeps a standby in another zone.
	MultiAZ bool `json:"multiAz"`
	// BackupRetentionDays is how far back the database can be restored, in days.
	BackupRetentionDays int `json:"backupRetentionDays"`
	// LogRetentionDays is how long its logs are kept, in days.
	LogRetentionDays int `json:"logRetentionDays"`
	// EnhancedMonitoring measures the instance's operating system once a minute.
	EnhancedMonitoring bool `json:"enhancedMonitoring"`
	// DeletionProtection makes AWS refuse to delete the database.
	DeletionProtection bool `json:"deletionProtection"`
	// FinalSnapshot has a last snapshot taken when the database is deleted, and its automated backups kept, with
	// the key they are encrypted with.
	FinalSnapshot bool `json:"finalSnapshot"`
}

// Redis is the settings of the broker and cache.
type Redis struct {
	// Engine is redis or valkey, Version its major and minor version.
	Engine  string `json:"engine"`
	Version string `json:"version"`
	// NodeType is the size of each node, Nodes how many there are.
	NodeType string `json:"nodeType"`
	Nodes    int    `json:"nodes"`
	// MultiAZ keeps the nodes in different zones, and has a replica take over when the primary fails.
	MultiAZ bool `json:"multiAz"`
	// SnapshotRetentionDays is how long daily snapshots are kept, in days; 0 takes none.
	SnapshotRetentionDays int `json:"snapshotRetentionDays"`
	// LogRetentionDays is how long slow and engine logs are kept, in days.
	LogRetentionDays int `json:"logRetentionDays"`
	// AuthTokenEpoch is the day the AUTH token is of: another day makes another token.
	AuthTokenEpoch string `json:"authTokenEpoch"`
	// KeepPreviousAuthToken has the token before this one accepted as well, during a rotation.
	KeepPreviousAuthToken bool `json:"keepPreviousAuthToken"`
	// FinalSnapshot has a last snapshot taken when the group is deleted, and the key kept that it is encrypted with.
	FinalSnapshot bool `json:"finalSnapshot"`
}

// Media is the settings of the bucket for uploads and renders.
type Media struct {
	// Origins are web origins whose pages may upload and download, beside that of edge.domain.
	Origins []string `json:"origins"`
	// IntermediateRetentionDays is how long intermediate renders are kept, in days.
	IntermediateRetentionDays int `json:"intermediateRetentionDays"`
	// OldVersionRetentionDays is how long a deleted or overwritten object can be brought back, in days.
	OldVersionRetentionDays int `json:"oldVersionRetentionDays"`
	// AccessLogRetentionDays is how long the record of requests is kept, in days.
	AccessLogRetentionDays int `json:"accessLogRetentionDays"`
	// ForceDestroy has the buckets emptied when they are deleted; otherwise S3 refuses while they hold
	// anything.
	ForceDestroy bool `json:"forceDestroy"`
}

// Backup is the settings of the backups of the database and the bucket.
type Backup struct {
	// RetentionDays is how long recovery points are kept, in days.
	RetentionDays int `json:"retentionDays"`
	// CopyRegion is another region that gets a copy of each, CopyRetentionDays how long copies are kept, in
	// days; "" and 0 make none.
	CopyRegion        string `json:"copyRegion"`
	CopyRetentionDays int    `json:"copyRetentionDays"`
	// LockDays is how long nobody can delete a recovery point or a copy, in days, without the right to take the vault's
	// lock away; 0 locks nothing.
	LockDays int `json:"lockDays"`
	// RestoreTest has the database restored, and what was restored deleted, once a week.
	RestoreTest bool `json:"restoreTest"`
	// ForceDestroy has the vaults emptied when they are deleted; otherwise AWS refuses while they hold anything.
	ForceDestroy bool `json:"forceDestroy"`
}

// Secrets is the settings of the generated secrets.
type Secrets struct {
	// JWT is the key that signs the product's tokens.
	JWT Rotation `json:"jwt"`
	// Database is the credentials of the product's database roles.
	Database Rotation `json:"database"`
}

// Rotation says of which days a secret's values are.
type Rotation struct {
	// Epoch is the day the value is of, "2026-11-01": another day makes another value.
	Epoch string `json:"epoch"`
	// PreviousEpoch is the day of the value before, which stays valid until this is left out.
	PreviousEpoch string `json:"previousEpoch"`
}

// Images is the settings of which images run. Without its digest, what runs an image is not deployed.
type Images struct {
	// Registry is the host of the registry that images are pulled from.
	Registry string `json:"registry"`
	// Backend is the digest of cpv3-backend, "sha256:…": API, workers and migrations.
	Backend string `json:"backend"`
	// Migrations is the digest of the cpv3-backend whose migrations the database has, where that is not Backend: a
	// release that is taken back leaves its migrations where they are.
	Migrations string `json:"migrations"`
	// Render is the digest of cpv3-render, Frontend that of cpv3-frontend.
	Render   string `json:"render"`
	Frontend string `json:"frontend"`
}

// API is the settings of the product's API.
type API struct {
	// MinReplicas and MaxReplicas are how many pods run.
	MinReplicas int `json:"minReplicas"`
	MaxReplicas int `json:"maxReplicas"`
	// CPUPercent is how much of its CPU a pod may use before there are more.
	CPUPercent int `json:"cpuPercent"`
	// RequestsPerSecond is how many requests a pod may answer before there are more.
	RequestsPerSecond int `json:"requestsPerSecond"`
	// Class is guaranteed or burstable, Resources are what each pod gets.
	Class     string    `json:"class"`
	Resources Resources `json:"resources"`
	// PoolSize is how many database connections a pod keeps, MaxOverflow how many more it may open.
	PoolSize    int `json:"poolSize"`
	MaxOverflow int `json:"maxOverflow"`
}

// Resources is the settings of what a pod gets.
type Resources struct {
	// CPU and Memory are what the scheduler sets aside.
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
	// MemoryLimit is where the kernel kills the container; a guaranteed pod's is its Memory.
	MemoryLimit string `json:"memoryLimit"`
}

// Workers is the settings of the consumers of the product's queues.
type Workers struct {
	// Module is the Python module whose broker and actors run.
	Module string `json:"module"`
	// Queues are the queues, by name. That of renders is in Render.
	Queues map[string]Queue `json:"queues"`
}

// Queue is the settings of the consumers of a queue.
type Queue struct {
	// Processes and Threads are how many tasks a pod works on at once: the product of both.
	Processes int `json:"processes"`
	Threads   int `json:"threads"`
	// LongestTaskMinutes is how long a task may take, in minutes: a pod that is to stop is given as long.
	LongestTaskMinutes int `json:"longestTaskMinutes"`
	// MinReplicas and MaxReplicas are how many pods run, by the length of the queue.
	MinReplicas int `json:"minReplicas"`
	MaxReplicas int `json:"maxReplicas"`
	// Resources are what each pod gets, Scratch what it may write to /tmp.
	Resources Resources `json:"resources"`
	Scratch   string    `json:"scratch"`
}

// Render is the settings of the render service and who calls it.
type Render struct {
	// Profile is the size of a render, and so of a pod: 720p, 1080p or 4k.
	Profile string `json:"profile"`
	// MaxReplicas is how many renders run at once; without any, nothing runs.
	MaxReplicas int `json:"maxReplicas"`
	// LongestRenderMinutes is how long a render may take, in minutes.
	LongestRenderMinutes int `json:"longestRenderMinutes"`
	// Queue is the queue whose tasks ask for renders, Consumers how many pods take from it: each keeps an equal
	// part of the renders waiting.
	Queue     string `json:"queue"`
	Consumers int    `json:"consumers"`
	// ConsumerResources are what each of those gets.
	ConsumerResources Resources `json:"consumerResources"`
}

// Frontend is the settings of the product's pages.
type Frontend struct {
	// MinReplicas and MaxReplicas are how many pods run.
	MinReplicas int `json:"minReplicas"`
	MaxReplicas int `json:"maxReplicas"`
	// CPUPercent is how much of its CPU a pod may use before there are more.
	CPUPercent int `json:"cpuPercent"`
	// Resources are what each pod gets.
	Resources Resources `json:"resources"`
}

// Service is the settings of one more service of the product.
type Service struct {
	// Repository is the repository of its image, Digest the image's digest.
	Repository string `json:"repository"`
	Digest     string `json:"digest"`
	// Port is the port it listens on, HealthPath the path that tells whether it can do its work.
	Port       int    `json:"port"`
	HealthPath string `json:"healthPath"`
	// Path is the beginning of the paths that the internet reaches it at, "/share/"; "" is none.
	Path string `json:"path"`
	// Calls are whom it calls, CalledBy who calls it, besides the load balancer: api, worker, postgres, redis…
	Calls    []string `json:"calls"`
	CalledBy []string `json:"calledBy"`
	// Connections is how many database connections a pod may open.
	Connections int `json:"connections"`
	// MinReplicas and MaxReplicas are how many pods run, CPUPercent how much of its CPU one may use before there are
	// more.
	MinReplicas int `json:"minReplicas"`
	MaxReplicas int `json:"maxReplicas"`
	CPUPercent  int `json:"cpuPercent"`
	// Resources are what each pod gets.
	Resources Resources `json:"resources"`
}

// Edge is the settings of what the internet meets: there is none without a domain.
type Edge struct {
	// Domain is the product's name on the internet, ZoneID the id of the Route 53 hosted zone it is in.
	Domain string `json:"domain"`
	ZoneID string `json:"zoneId"`
	// RequestsPerAddress is how many requests one address may make in five minutes.
	RequestsPerAddress int `json:"requestsPerAddress"`
	// MaxBodyKiB is how large the body of a request may be, in KiB.
	MaxBodyKiB int `json:"maxBodyKiB"`
	// AccessLogRetentionDays and FirewallLogRetentionDays are how long the records of requests are kept, in days.
	AccessLogRetentionDays   int `json:"accessLogRetentionDays"`
	FirewallLogRetentionDays int `json:"firewallLogRetentionDays"`
	// DeletionProtection makes AWS refuse to delete the load balancer.
	DeletionProtection bool `json:"deletionProtection"`
	// ForceDestroy has the bucket of access logs emptied when it is deleted.
	ForceDestroy bool `json:"forceDestroy"`
}

// AccountQuotas is the settings of what AWS lets the account have, as Service Quotas shows it.
type AccountQuotas struct {
	// StandardVCPUs is the quota "Running On-Demand Standard instances", GPUVCPUs "Running On-Demand G and VT
	// instances", both in vCPUs.
	StandardVCPUs int `json:"standardVcpus"`
	GPUVCPUs      int `json:"gpuVcpus"`
}

// Shared is the settings of a stack of kind shared.
type Shared struct {
	Account
	// Unprotected names the components that Pulumi may delete, or replace: registry, or none.
	Unprotected []string `json:"unprotected"`
	// Registry is the container registries.
	Registry Registry `json:"registry"`
	// CI is who may push images to them.
	CI CI `json:"ci"`
}

// CI is the settings of the identity of continuous integration.
type CI struct {
	// Publishers are whose jobs may push images.
	Publishers []Publisher `json:"publishers"`
	// MaxSessionMinutes is how long the credentials of a job can be good for, in minutes.
	MaxSessionMinutes int `json:"maxSessionMinutes"`
}

// Publisher is a branch of a GitHub repository.
type Publisher struct {
	// Repository is the repository, "acme/backend", Branch the branch.
	Repository string `json:"repository"`
	Branch     string `json:"branch"`
}

// Registry is the settings of the container registries.
type Registry struct {
	// Repositories are the names of the repositories, one per image.
	Repositories []string `json:"repositories"`
	// KeepImages is how many images of each repository are kept. A push counts as three where its build writes a
	// provenance, as docker buildx does by itself: index, image and attestation.
	KeepImages int `json:"keepImages"`
	// PullAccounts are the accounts of the environments, which pull images.
	PullAccounts []string `json:"pullAccounts"`
}
