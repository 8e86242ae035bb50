"""What vehicles emit: speed functions of the EMEP/EEA guidebook over a fleet mix."""
