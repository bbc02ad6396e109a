"""JointVAE: codes of continuous numbers and classes side by side."""

from models.joint.config import JointVAEConfig
from models.joint.model import JointVAE
from models.joint.posterior import JointPosterior

__all__ = ["JointPosterior", "JointVAE", "JointVAEConfig"]
