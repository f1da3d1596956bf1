"""What a finding says: one file a rule, for those that say it in several ways. Numbers → sentences; no judgement."""
