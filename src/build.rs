//! What is made before the program is compiled.

#[path = "build/assets.rs"]
mod assets;
#[path = "build/small.rs"]
mod small;
#[path = "build/time_zones.rs"]
mod time_zones;

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-changed=src/build");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo names a folder"));
    assets::write(&out);
    fs::write(out.join("time_zones.rs"), time_zones::packed()).expect("the folder can be written to");
}
