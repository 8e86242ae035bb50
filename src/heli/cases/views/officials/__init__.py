"""Pages of officials: the queue, tasks, requests, handovers, matters, the inbox, procedures."""
