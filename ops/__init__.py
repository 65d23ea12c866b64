"""What an operator needs: commands, pages, the simulator, and the files of the programs around the worker."""
