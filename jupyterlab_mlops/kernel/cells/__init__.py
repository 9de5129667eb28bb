"""What happens around a cell as it runs: its statements, their frames and lineage, the files and models they touch."""
