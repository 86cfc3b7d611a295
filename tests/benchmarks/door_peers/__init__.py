"""What the benchmark of the doors needs: a peer, its servers, and a sender."""
