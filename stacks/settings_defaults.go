package stacks

import "coffee-platform/components/cluster"

// defaultEnvironment is an environment of the given tier in the given region as it is when its stack
// file says nothing else.
func defaultEnvironment(tier Tier, region string) Environment {
	// One column for each tier: dev, staging, prod.
	return Environment{
		Tier: tier,
		Network: Network{
			CIDR:  pick(tier, "10.10.0.0/16", "10.20.0.0/16", "10.30.0.0/16"),
			Zones: pick(tier, zones(region, 2), zones(region, 2), zones(region, 3)),
			NAT:   pick(tier, "single", "single", "perZone"),
			// Six in three zones cost as much as four NAT gateways; S3, which all the gigabytes go to, has a
			// gateway endpoint that costs nothing.
			InterfaceEndpoints:   pick[[]string](tier, nil, nil, nil),
			FlowLogRetentionDays: pick(tier, 7, 14, 90),
		},
		Cluster: Cluster{
			Version:            pick(tier, "1.35", "1.35", "1.35"),
			LogTypes:           pick(tier, []string{"api", "audit", "authenticator"}, cluster.AllLogTypes, cluster.AllLogTypes),
			LogRetentionDays:   pick(tier, 7, 14, 90),
			DeletionProtection: pick(tier, false, false, true),
		},
		NodePools: NodePools{
			// Compute, general-purpose and memory families of the two newest generations.
			General: NodePool{
				Families:     []string{"c6a", "m6a", "r6a", "c7a", "m7a", "r7a", "c7i", "m7i", "r7i"},
				CPUs:         []int{2, 4, 8},
				MaxCPU:       pick(tier, 8, 16, 32),
				MaxMemoryGiB: pick(tier, 32, 64, 128),
				DiskGiB:      80,
				// Longer than the longest task of a worker, which is to wait for a render.
				DrainMinutes: 60,
			},
			// Four GiB per vCPU, so that the memory limits of a full node's renders fit into it; 16 vCPUs
			// take eight of them (docs/decisions/0003-render-node-pool.md).
			Render: NodePool{
				Families:     []string{"m6a", "m7a", "m6i", "m7i"},
				CPUs:         []int{16},
				MaxCPU:       pick(tier, 16, 32, 64),
				MaxMemoryGiB: pick(tier, 64, 128, 256),
				DiskGiB:      200,
				DrainMinutes: 60,
			},
			// None: measured by others, rendering of this kind costs more per frame on GPUs
			// (docs/decisions/0003-render-node-pool.md). The families are the cheapest with NVENC.
			GPU: GPUPool{
				NodePool: NodePool{
					Families:     []string{"g6", "g5"},
					CPUs:         []int{4, 8},
					MaxCPU:       16,
					MaxMemoryGiB: 64,
					DiskGiB:      200,
					DrainMinutes: 60,
				},
				MaxGPUs: 0,
			},
		},
		Postgres: Postgres{
			Version:             pick(tier, "16", "16", "16"),
			InstanceClass:       pick(tier, "db.t4g.micro", "db.t4g.small", "db.t4g.medium"),
			DatabaseName:        pick(tier, "coffee", "coffee", "coffee"),
			StorageGiB:          pick(tier, 20, 20, 50),
			MaxStorageGiB:       pick(tier, 50, 100, 500),
			MultiAZ:             pick(tier, false, false, true),
			BackupRetentionDays: pick(tier, 1, 7, 14),
			LogRetentionDays:    pick(tier, 7, 14, 90),
			EnhancedMonitoring:  pick(tier, false, true, true),
			DeletionProtection:  pick(tier, false, false, true),
			FinalSnapshot:       pick(tier, false, false, true),
		},
		Redis: Redis{
			Engine:                pick(tier, "redis", "redis", "redis"),
			Version:               pick(tier, "7.1", "7.1", "7.1"),
			NodeType:              pick(tier, "cache.t4g.micro", "cache.t4g.small", "cache.t4g.medium"),
			Nodes:                 pick(tier, 1, 1, 2),
			MultiAZ:               pick(tier, false, false, true),
			SnapshotRetentionDays: pick(tier, 1, 1, 7),
			LogRetentionDays:      pick(tier, 7, 14, 90),
			AuthTokenEpoch:        pick(tier, "2026-11-01", "2026-11-01", "2026-11-01"),
			FinalSnapshot:         pick(tier, false, false, true),
		},
		Media: Media{
			Origins:                   pick(tier, []string{"http://localhost:3000"}, nil, nil),
			IntermediateRetentionDays: pick(tier, 1, 3, 7),
			OldVersionRetentionDays:   pick(tier, 7, 14, 30),
			AccessLogRetentionDays:    pick(tier, 7, 30, 90),
			ForceDestroy:              pick(tier, true, false, false),
		},
		Backup: Backup{
			RetentionDays:     pick(tier, 1, 7, 35),
			CopyRegion:        pick(tier, "", "", "us-west-2"),
			CopyRetentionDays: pick(tier, 0, 0, 90),
			LockDays:          pick(tier, 0, 0, 14),
			RestoreTest:       pick(tier, false, false, true),
			ForceDestroy:      pick(tier, true, true, false),
		},
		Secrets: Secrets{
			JWT:      Rotation{Epoch: pick(tier, "2026-11-01", "2026-11-01", "2026-11-01")},
			Database: Rotation{Epoch: pick(tier, "2026-11-01", "2026-11-01", "2026-11-01")},
		},
		LogLevel: pick(tier, "debug", "info", "info"),
		API: API{
			MinReplicas:       pick(tier, 1, 2, 3),
			MaxReplicas:       pick(tier, 2, 4, 8),
			CPUPercent:        70,
			RequestsPerSecond: 20,
			Class:             pick(tier, "burstable", "burstable", "guaranteed"),
			Resources: Resources{
				CPU:         pick(tier, "100m", "250m", "500m"),
				Memory:      pick(tier, "256Mi", "512Mi", "1Gi"),
				MemoryLimit: pick(tier, "512Mi", "1Gi", ""),
			},
			PoolSize:    pick(tier, 2, 4, 5),
			MaxOverflow: pick(tier, 2, 2, 5),
		},
		Workers: Workers{
			Module: "app.worker",
			Queues: map[string]Queue{
				// Heavy on the CPU, and long: a task at a time, and half an hour for it.
				"transcription": {
					Processes: 1, Threads: 1, LongestTaskMinutes: 30,
					MinReplicas: 1, MaxReplicas: pick(tier, 2, 4, 8),
					Resources: Resources{
						CPU:         pick(tier, "500m", "1", "1"),
						Memory:      pick(tier, "1Gi", "2Gi", "2Gi"),
						MemoryLimit: pick(tier, "2Gi", "4Gi", "4Gi"),
					},
					Scratch: pick(tier, "2Gi", "4Gi", "4Gi"),
				},
				// Light and fast. Ten minutes are what Dramatiq gives every task.
				"notification": {
					Processes: 1, Threads: pick(tier, 2, 4, 4), LongestTaskMinutes: 10,
					MinReplicas: pick(tier, 1, 1, 2), MaxReplicas: pick(tier, 1, 2, 4),
					Resources: Resources{CPU: "50m", Memory: "192Mi", MemoryLimit: "384Mi"},
					Scratch:   "64Mi",
				},
			},
		},
		Render: Render{
			Profile:     "1080p",
			MaxReplicas: pick(tier, 7, 14, 28),
			// A five-minute video takes up to fifteen.
			LongestRenderMinutes: 45,
			Queue:                "render",
			Consumers:            pick(tier, 1, 1, 2),
			ConsumerResources:    Resources{CPU: "100m", Memory: "384Mi", MemoryLimit: "768Mi"},
		},
		Frontend: Frontend{
			MinReplicas: pick(tier, 1, 2, 2),
			MaxReplicas: pick(tier, 2, 4, 6),
			CPUPercent:  70,
			Resources:   Resources{CPU: "100m", Memory: "192Mi", MemoryLimit: "384Mi"},
		},
		Edge: Edge{
			// Seven a second for five minutes: a page with all it loads, again and again.
			RequestsPerAddress:       pick(tier, 2000, 2000, 2000),
			MaxBodyKiB:               pick(tier, 1024, 1024, 1024),
			AccessLogRetentionDays:   pick(tier, 7, 30, 90),
			FirewallLogRetentionDays: pick(tier, 7, 14, 90),
			DeletionProtection:       pick(tier, false, false, true),
			ForceDestroy:             pick(tier, true, false, false),
		},
		// What AWS gives an account that asks for a small raise; a new one has 5 and none, and has to ask
		// (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html).
		AccountQuotas: AccountQuotas{StandardVCPUs: pick(tier, 64, 96, 128), GPUVCPUs: 24},
	}
}

// defaultShared is a shared stack as it is when its stack file says nothing else.
func defaultShared() Shared {
	return Shared{
		Registry: Registry{
			Repositories: []string{backendRepository, renderRepository, frontendRepository},
			KeepImages:   150,
		},
		CI: CI{MaxSessionMinutes: 60},
	}
}

// The repositories of the product's images: the API, the workers and migrations run the first.
const (
	backendRepository  = "cpv3-backend"
	renderRepository   = "cpv3-render"
	frontendRepository = "cpv3-frontend"
)

// pick chooses a tier's column.
func pick[T any](tier Tier, dev, staging, prod T) T {
	switch tier {
	case Staging:
		return staging
	case Prod:
		return prod
	default:
		return dev
	}
}

// zones are the first zones of a region by the letters nearly every region has. Where an account has
// others, its stack file names them.
func zones(region string, count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = region + string(rune('a'+i))
	}
	return names
}
