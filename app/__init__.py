"""The platform for professional-title certificates: every procedure is a folder of BPMN files."""
