//! `bindgen FROM.wasm FOLDER`: makes `harkara.js` and `harkara_bg.wasm` in a folder.
//!
//! The published command does the same, but compiling it takes four times as long, for the sake of servers
//! and test runners that nobody here asks for.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, folder] = arguments.as_slice() else {
        eprintln!("bindgen FROM.wasm FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let made = bindgen.web(true).and_then(|bindgen| {
        bindgen
            .input_path(from)
            .out_name("harkara")
            .typescript(false)
            // The page says where the WebAssembly is: its name has a hash.
            .omit_default_module_path(true)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(folder)
    });
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
